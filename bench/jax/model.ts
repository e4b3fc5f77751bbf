import { CLASSES, DATASET_SIZE, FEATURES, LEARNING_RATE, layerSizes, type Problem } from '../problem.ts';
import type { Jax, JaxArray } from './jax.ts';

/** For each layer in turn: weight mean, weight log deviation, bias mean, bias log deviation. */
type Params = readonly JaxArray[];

/** The parameters at the start. */
export const jaxParams = ({ numpy }: Jax, problem: Problem): Params => {
  const sizes = layerSizes(problem);
  const filled = (shape: readonly number[], value: () => number): JaxArray =>
    numpy.array(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value)).reshape(shape);
  return sizes.slice(1).flatMap((outputs, index) => {
    const inputs = sizes[index] as number;
    const bound = 1 / Math.sqrt(inputs);
    const mean = () => bound * (2 * Math.random() - 1);
    return [
      [inputs, outputs],
      [1, outputs],
    ].flatMap((shape) => [filled(shape, mean), filled(shape, () => Math.log(0.1 * bound))]);
  });
};

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

/** One draw for each sample, `[samples, ...]`, with log posterior less log prior, summed over everything. */
const drawn = (
  { numpy, random }: Jax,
  samples: number,
  key: JaxArray,
  mean: JaxArray,
  logStd: JaxArray,
): { readonly value: JaxArray; readonly logRatio: JaxArray } => {
  const { shape } = mean;
  const std = numpy.exp(logStd.ref);
  const value = mean.ref.add(std.ref.mul(random.normal(key, [samples, ...shape])));
  const scaled = value.ref.sub(mean).div(std);
  const posterior = numpy.square(scaled).mul(-0.5).sub(logStd.add(halfLogTwoPi));
  const prior = numpy.square(value.ref).mul(-0.5).sub(halfLogTwoPi);
  return { value, logRatio: posterior.sub(prior).sum(-1).sum() };
};

const crossEntropy = ({ nn }: Jax, logits: JaxArray, targets: JaxArray): JaxArray =>
  nn.logSoftmax(logits, -1).mul(nn.oneHot(targets, CLASSES)).sum(-1).mean().mul(-1);

/** A seed apart for every draw of a step. */
const drawKey = ({ random }: Jax, seed: JaxArray, draw: number): JaxArray =>
  random.key(seed.mul(64).add(draw));

/** The sampled ELBO, samples as a batch axis: with rows of rank 2, jax-js puts them behind the rows. */
export const jaxSampledLoss =
  (jax: Jax, { samples, batch }: Problem) =>
  (params: Params, seed: JaxArray, inputs: JaxArray, targets: JaxArray): JaxArray => {
    const layers = params.length / 4;
    let x = inputs.reshape([1, batch, FEATURES]);
    let logRatio: JaxArray | undefined;
    for (let layer = 0; layer < layers; layer++) {
      const [mean, logStd, biasMean, biasLogStd] = params.slice(4 * layer) as [
        JaxArray,
        JaxArray,
        JaxArray,
        JaxArray,
      ];
      const weight = drawn(jax, samples, drawKey(jax, seed.ref, 2 * layer), mean, logStd);
      const bias = drawn(jax, samples, drawKey(jax, seed.ref, 2 * layer + 1), biasMean, biasLogStd);
      const own = weight.logRatio.add(bias.logRatio);
      logRatio = logRatio === undefined ? own : logRatio.add(own);
      x = jax.numpy.matmul(layer === 0 ? x : jax.nn.relu(x), weight.value).add(bias.value);
    }
    seed.dispose();
    const divergence = (logRatio as JaxArray).div(samples);
    return crossEntropy(jax, x, targets).mul(DATASET_SIZE).add(divergence);
  };

/** The ELBO with noise on the outputs and the divergence in closed form; samples are rows from the second layer on. */
export const jaxClosedLoss =
  (jax: Jax, { samples, batch }: Problem) =>
  (params: Params, seed: JaxArray, inputs: JaxArray, targets: JaxArray): JaxArray => {
    const { numpy, nn, random } = jax;
    const kl = (mean: JaxArray, logStd: JaxArray): JaxArray =>
      numpy.exp(logStd.ref.mul(2)).add(numpy.square(mean)).sub(1).mul(0.5).sub(logStd).sum();
    const layers = params.length / 4;
    let x = inputs;
    let divergence: JaxArray | undefined;
    for (let layer = 0; layer < layers; layer++) {
      const [mean, logStd, biasMean, biasLogStd] = params.slice(4 * layer) as [
        JaxArray,
        JaxArray,
        JaxArray,
        JaxArray,
      ];
      const outputs = mean.shape[1] as number;
      const active = layer === 0 ? x : nn.relu(x);
      const location = numpy.matmul(active.ref, mean.ref).add(biasMean.ref);
      const variance = numpy
        .matmul(numpy.square(active), numpy.exp(logStd.ref.mul(2)))
        .add(numpy.exp(biasLogStd.ref.mul(2)));
      const shape = layer === 0 ? [samples, batch, outputs] : [samples * batch, outputs];
      const noise = random.normal(drawKey(jax, seed.ref, layer), shape);
      x = location.add(numpy.sqrt(variance).mul(noise)).reshape([samples * batch, outputs]);
      const own = kl(mean, logStd).add(kl(biasMean, biasLogStd));
      divergence = divergence === undefined ? own : divergence.add(own);
    }
    seed.dispose();
    return crossEntropy(jax, x.reshape([samples, batch, CLASSES]), targets)
      .mul(DATASET_SIZE)
      .add(divergence as JaxArray);
  };

/** Class probabilities `[batch, classes]`, the mean over weight draws. */
export const jaxProbabilities =
  (jax: Jax, { samples, batch }: Problem) =>
  (params: Params, seed: JaxArray, inputs: JaxArray): JaxArray => {
    const draw = (key: number, mean: JaxArray, logStd: JaxArray): JaxArray =>
      mean.ref.add(
        jax.numpy.exp(logStd).mul(jax.random.normal(drawKey(jax, seed.ref, key), [samples, ...mean.shape])),
      );
    const layers = params.length / 4;
    let x = inputs.reshape([1, batch, FEATURES]);
    for (let layer = 0; layer < layers; layer++) {
      const [mean, logStd, biasMean, biasLogStd] = params.slice(4 * layer) as [
        JaxArray,
        JaxArray,
        JaxArray,
        JaxArray,
      ];
      const weight = draw(2 * layer, mean, logStd);
      x = jax.numpy
        .matmul(layer === 0 ? x : jax.nn.relu(x), weight)
        .add(draw(2 * layer + 1, biasMean, biasLogStd));
      mean.dispose();
      biasMean.dispose();
    }
    seed.dispose();
    return jax.nn.softmax(x, -1).mean(0);
  };

/** Adam's moments and the correction of both for their start at 0, as one pure function of all parameters. */
export const jaxAdam =
  ({ numpy }: Jax) =>
  (
    params: Params,
    gradient: Params,
    first: Params,
    second: Params,
    corrections: JaxArray,
  ): readonly [Params, Params, Params] => {
    const m = first.map((old, i) => old.mul(0.9).add((gradient[i] as JaxArray).ref.mul(0.1)));
    const v = second.map((old, i) => old.mul(0.999).add(numpy.square(gradient[i] as JaxArray).mul(0.001)));
    const moved = params.map((x, i) => {
      const direction = (m[i] as JaxArray).ref.div(numpy.sqrt((v[i] as JaxArray).ref).add(1e-8));
      return x.sub(direction.mul(corrections.ref).mul(LEARNING_RATE));
    });
    corrections.dispose();
    return [moved, m, v];
  };

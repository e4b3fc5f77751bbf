import type { Run } from '../contender.ts';
import { FEATURES, type Problem } from '../problem.ts';
import { type Jax, type JaxArray, loadJax } from './jax.ts';
import { jaxAdam, jaxClosedLoss, jaxParams, jaxProbabilities, jaxSampledLoss } from './model.ts';

const drawInputs = ({ numpy }: Jax, { batch }: Problem): JaxArray =>
  numpy.array(Float32Array.from({ length: batch * FEATURES }, Math.random)).reshape([batch, FEATURES]);

const readTargets = ({ numpy }: Jax, { batch }: Problem): JaxArray =>
  numpy.array(
    Int32Array.from({ length: batch }, (_, row) => row % 10),
    { dtype: numpy.int32 },
  );

const refs = (arrays: readonly JaxArray[]): readonly JaxArray[] => arrays.map((array) => array.ref);

/** A run that makes one training step, all of it in one `jit`. */
export const jaxStep =
  (kind: 'sampled' | 'closed') =>
  async (problem: Problem): Promise<Run> => {
    const jax = await loadJax();
    const { numpy } = jax;
    const gradient = jax.valueAndGrad((kind === 'sampled' ? jaxSampledLoss : jaxClosedLoss)(jax, problem));
    const adam = jaxAdam(jax);
    const step = jax.jit(
      (
        params: readonly JaxArray[],
        first: readonly JaxArray[],
        second: readonly JaxArray[],
        seed: JaxArray,
        correction: JaxArray,
        inputs: JaxArray,
        targets: JaxArray,
      ) => {
        const [loss, gradients] = gradient(refs(params), seed, inputs, targets);
        return [loss, ...adam(params, gradients, first, second, correction)] as const;
      },
    );
    const inputs = drawInputs(jax, problem);
    const targets = readTargets(jax, problem);
    let params = jaxParams(jax, problem);
    let first = params.map(({ shape }) => numpy.zeros(shape)) as readonly JaxArray[];
    let second = params.map(({ shape }) => numpy.zeros(shape)) as readonly JaxArray[];
    let count = 0;
    return async () => {
      count += 1;
      const seed = numpy.array(count, { dtype: numpy.int32 });
      const correction = numpy.array(Math.sqrt(1 - 0.999 ** count) / (1 - 0.9 ** count));
      const [loss, nextParams, nextFirst, nextSecond] = step(
        params,
        first,
        second,
        seed,
        correction,
        inputs.ref,
        targets.ref,
      );
      [params, first, second] = [nextParams, nextFirst, nextSecond];
      await jax.blockUntilReady([...params, ...first, ...second]);
      const [value = Number.NaN] = Array.from(await loss.data());
      if (!Number.isFinite(value)) throw new Error('the loss is not finite');
    };
  };

/** A run that predicts a batch by drawing weights, at most 10 draws at once as ours does. */
export const jaxPrediction = async (problem: Problem): Promise<Run> => {
  const jax = await loadJax();
  const { numpy } = jax;
  const chunk = Math.min(10, problem.samples);
  const predict = jax.jit(jaxProbabilities(jax, { ...problem, samples: chunk }));
  const params = jaxParams(jax, problem);
  const inputs = drawInputs(jax, problem);
  return async () => {
    let sum: JaxArray | undefined;
    for (let part = 0; part < problem.samples / chunk; part++) {
      const own = predict(refs(params), numpy.array(part, { dtype: numpy.int32 }), inputs.ref);
      sum = sum === undefined ? own : sum.add(own);
    }
    await sum?.data();
  };
};

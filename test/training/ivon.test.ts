import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import {
  adam,
  batches,
  bayesian,
  chain,
  checkpoint,
  clipByGlobalNorm,
  elbo,
  fit,
  type GradientTransformation,
  gaussian,
  ivon,
  learnedNoise,
  linear,
  normal,
  partition,
  pipe,
  random,
  schedule,
  sequential,
  trainStep,
  tree,
  vmap,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { right } from '../checkpoint/support/files.ts';
import { describeOnBackends } from '../support/backends.ts';
import { read } from '../transforms/support/compare.ts';

// Linear regression on orthogonal columns of different scales, with known noise and the prior N(0, 1): the posterior
// is the product of normals with precisions P = x'x / noise^2 + 1 and means x'y / noise^2 / P.

const [rows, noise] = [400, 0.5];
const scales = [0.5, 1.25, 2.5];
const design = Array.from({ length: rows }, (_, at) =>
  scales.map((scale, j) => scale * Math.SQRT2 * Math.cos((Math.PI * (j + 1) * (at + 0.5)) / rows)),
);
const responses = design.map(([a, b, c], at) => 0.7 * a! - 0.5 * b! + 0.3 * c! + 0.5 * Math.sin(5 * at));
const precisions = scales.map((_, j) => design.reduce((sum, x) => sum + x[j]! * x[j]!, 0) / noise ** 2 + 1);
const means = precisions.map(
  (p, j) => design.reduce((sum, x, at) => sum + x[j]! * responses[at]!, 0) / noise ** 2 / p,
);
const exact = { means, logStds: precisions.map((p) => -0.5 * Math.log(p)) };

const model = bayesian({ prior: normal(), posterior: normal({ precision: 2500 }) })(
  linear(3, 1, { bias: false }),
);
const likelihood = gaussian({ std: noise });
const data = () => ({
  inputs: tf.tensor2d(design) as tf.Tensor,
  targets: tf.tensor2d(responses.map((y) => [y])) as tf.Tensor,
});

type Params = ReturnType<typeof model.init>;
type Rows = ReturnType<typeof data>;

/** The negative ELBO in closed form: under the posterior an output has the mean x'm and the variance x^2's^2. */
const closedForm = Object.assign(
  (params: Params, key: random.Key, { inputs, targets }: Rows) => {
    const { mean, logStd } = params.weight;
    const errors = tf.squaredDifference(targets, tf.matMul(inputs, mean));
    const variances = tf.matMul(tf.square(inputs), tf.exp(tf.mul(2, logStd)));
    const dataFitting = tf.div(tf.sum(tf.add(errors, variances)), 2 * noise ** 2);
    const { divergence } = withDivergence(model)(params, key, inputs);
    return { loss: tf.add(dataFitting, divergence) };
  },
  { temperature: 1 },
);

/** How far the means are off, in standard deviations, and the log standard deviations: the largest of all. */
const distance = (params: Params): number => {
  const { mean, logStd } = params.weight;
  const values = tf.tidy(() => tf.concat([tf.reshape(mean, [3]), tf.reshape(logStd, [3])]).dataSync());
  return Math.max(
    ...[0, 1, 2].flatMap((j) => [
      Math.abs(values[j]! - exact.means[j]!) / Math.exp(exact.logStds[j]!),
      Math.abs(values[3 + j]! - exact.logStds[j]!),
    ]),
  );
};

/** The number of steps to within a twentieth of the posterior, at most `limit`. */
const stepsTaken = <S>(optimizer: GradientTransformation<S>, limit: number): number => {
  const step = trainStep(closedForm, optimizer);
  const [params, batch] = [model.init(random.key(0)), data()];
  let state = step.init(params, random.key(1));
  let steps = 0;
  while (steps < limit && distance(state.params) > 0.05) {
    const next = step.update(state, batch, { donate: true });
    tf.dispose(next.parts);
    state = next.state;
    steps++;
  }
  tree.dispose([params, batch, state.params, state.optimizer]);
  return steps;
};

describeOnBackends('ivon in training', () => {
  it('finds the exact posterior in a fifth of the steps of adam, each at its best of five learning rates', () => {
    const most = 1000;
    // Where each step waits for a GPU in software, only the best of each.
    const rates = canReadSync()
      ? { ivon: [1, 0.7, 0.5, 0.3, 0.1], adam: [0.3, 0.1, 0.03, 0.01, 0.003] }
      : { ivon: [1], adam: [0.1] };
    const best = Math.min(
      ...rates.ivon.map((learningRate) => stepsTaken(ivon({ learningRate, beta1: 0, beta2: 0.8 }), most)),
    );
    expect(best).toBeLessThan(most);
    const limit = 5 * best;
    for (const learningRate of rates.adam) expect(stepsTaken(adam({ learningRate }), limit)).toBe(limit);
  });

  it.each([
    ['sampled', withLogProbs, 1],
    ['closed-form', withDivergence, 0.5],
  ] as const)(
    'finds it with weight samples and a %s divergence, at any temperature',
    async (_, terms, heat) => {
      // At temperature T the likelihood counts 1 / T times.
      const steps = 100;
      const loss = pipe(
        model,
        terms as typeof withLogProbs,
        vmapSamples({ samples: 60 }),
        elbo({ likelihood, datasetSize: rows, temperature: heat }),
      );
      const rate = schedule.cosine({ from: 0.5, to: 0.01, steps });
      const optimizer = ivon({ learningRate: rate, beta1: 0.5, beta2: 0.9, temperature: heat });
      const { params } = await fit(trainStep(loss, optimizer), {
        ...{ init: model.init, key: random.key(3), epochs: steps, progress: false, warnings: false },
        batches: batches(data(), { size: rows }),
      });
      const { mean, logStd } = params.weight;
      const [m, l] = [mean.dataSync(), logStd.dataSync()];
      precisions.forEach((p, j) => {
        const own = (p - 1) / heat + 1;
        const wanted = (exact.means[j]! * p) / heat / own;
        // A gradient averages 60 draws, and the last dozens of steps average gradients.
        expect(Math.abs(m[j]! - wanted) * Math.sqrt(own)).toBeLessThan(0.1);
        expect(Math.abs(l[j]! + 0.5 * Math.log(own))).toBeLessThan(0.1);
      });
    },
  );

  it('trains beside another optimizer for what is not normal, and resumes from a file to the same bits', async () => {
    const net = bayesian({ posterior: normal({ precision: 400 }) })(
      sequential(linear(3, 4), tf.tanh, linear(4, 1), learnedNoise(1)),
    );
    const optimizer = chain(
      clipByGlobalNorm(1e4),
      partition(
        {
          normal: ivon({ learningRate: schedule.cosine({ from: 0.1, steps: 20 }), beta2: 0.99 }),
          noise: adam({ learningRate: 0.02 }),
        },
        (path) => (path.at(-1) === 'value' ? 'noise' : 'normal'),
      ),
    );
    const loss = pipe(net, withLogProbs, elbo({ likelihood: gaussian(), datasetSize: rows }));
    const step = trainStep(loss, optimizer);
    const batch = data();
    const advance = (state: ReturnType<typeof step.init>, count: number): typeof state =>
      Array.from({ length: count }).reduce<typeof state>((so) => step.update(so, batch).state, state);
    const first = step.init(net.init(random.key(0)), random.key(1));
    const third = advance(first, 3);
    expect(Object.keys(third.optimizer[1].normal)).toEqual(['step', 'momentum']);
    const bytes = right(await checkpoint.toBytes(net)(third)());
    const loaded = right(await checkpoint.load(net, { optimizer })(bytes)());
    expect(loaded.optimizer[1].normal.step).toBe(3);
    const [a, b] = [advance(third, 2), advance(loaded, 2)];
    expect(read([b.params, b.optimizer])).toEqual(read([a.params, a.optimizer]));
    expect(read(a.params)).not.toEqual(read(third.params));
  });

  it('trains an ensemble by vmap', () => {
    const loss = elbo({ likelihood, datasetSize: rows })(withDivergence(model));
    const step = trainStep(loss, ivon({ learningRate: 0.1, beta2: 0.9 }));
    const batch = data();
    const keys = random.split(random.key(5), 2);
    const firsts = keys.map((key) => step.init(model.init(key), random.key(1)));
    const stack = (...trees: readonly (typeof firsts)[number][]) =>
      tree.map((x, path) => tf.stack([x, ...trees.slice(1).map((each) => tree.at(path)(each) as tf.Tensor)]))(
        trees[0]!,
      );
    const { params, optimizer } = stack(...firsts);
    const both = vmap((p: Params, o: (typeof firsts)[0]['optimizer']) => {
      const next = step.update({ params: p, optimizer: o, step: 0, key: random.key(1) }, batch).state;
      return { params: next.params, momentum: next.optimizer.momentum };
    })(params as never, optimizer as never);
    const alone = firsts.map((first) => {
      const { state } = step.update(first, batch);
      return [...tree.leaves(state.params), ...tree.leaves(state.optimizer.momentum)];
    });
    tree.leaves(both).forEach((pair, at) => {
      const [together, apart] = [pair.dataSync(), alone.flatMap((each) => [...each[at]!.dataSync()])];
      apart.forEach((x, i) => {
        expect(Math.abs(together[i]! - x)).toBeLessThan(1e-4 * Math.max(1, Math.abs(x)));
      });
    });
  });

  it('needs the temperature of the loss', () => {
    const options = { likelihood, datasetSize: rows };
    const [warm, cold] = [1, 0.5].map((temperature) =>
      elbo({ ...options, temperature })(withLogProbs(model)),
    );
    const rate = { learningRate: 0.1 };
    trainStep(warm!, ivon(rate));
    trainStep(cold!, chain(clipByGlobalNorm(1), ivon({ ...rate, temperature: 0.5 })));
    expect(() => trainStep(cold!, ivon(rate))).toThrow(
      'trainStep: temperature of the loss must be 1, as that of the optimizer, got 0.5',
    );
    expect(() => trainStep((params: Params) => ({ loss: tf.sum(params.weight.mean) }), ivon(rate))).toThrow(
      'trainStep: temperature of the loss must be 1, as that of the optimizer, got undefined; give a loss of your own',
    );
    const temperature = schedule.linear({ from: 0.1, to: 1, steps: 10 });
    const changing = elbo({ ...options, temperature })(withLogProbs(model));
    trainStep(changing, ivon({ ...rate, temperature }));
    for (const other of [1, (step: number) => 0.1 + step])
      expect(() => trainStep(changing, ivon({ ...rate, temperature: other }))).toThrow(
        'trainStep: temperature of the loss must be ',
      );
    trainStep(changing, adam(rate));
  });

  it('reports a start that is too wide, by the variable', async () => {
    const wide = bayesian({ posterior: normal({ precision: 0.01 }) })(linear(3, 1, { bias: false }));
    const loss = elbo({ likelihood, datasetSize: rows })(withLogProbs(wide));
    const step = trainStep(loss, ivon({ learningRate: 0.1, beta2: 0.9 }));
    const failed = fit(step, {
      ...{ init: wide.init, key: random.key(0), epochs: 40, progress: false, warnings: false },
      batches: batches(data(), { size: rows }),
    });
    const advice =
      'ivon refuses a step that raises a precision more than 1000 times: start with a higher precision';
    const why = canReadSync()
      ? `ivon: 'weight' in step 1 would multiply a precision by .*; ${advice}`
      : `fit: the loss is .* at step .*'weight.mean' is the first .*; ${advice}`;
    await expect(failed).rejects.toThrow(new RegExp(why));
  });
});

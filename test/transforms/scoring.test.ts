import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import {
  type Batch,
  bayesian,
  bernoulli,
  categorical,
  elbo,
  gaussian,
  type Likelihood,
  learnedNoise,
  likelihood,
  linear,
  normal,
  poisson,
  random,
  sequential,
  tree,
  valueAndGrad,
  vmap,
  vmapSamples,
  withDivergence,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, valuesOfEach } from '../support/numbers.ts';
import { expectClose } from './support/compare.ts';
import { classifier, drawInputs, labelled } from './support/nets.ts';

type Rows = Batch<[x: tf.Tensor], tf.Tensor>;

/** A likelihood, the end of a network for it, and its targets for numbers in [-1, 1]. */
interface Case {
  readonly likelihood: Likelihood<never, tf.Tensor>;
  readonly head?: (x: tf.Tensor) => tf.Tensor;
  readonly noisy?: true;
  readonly targets: (numbers: tf.Tensor) => tf.Tensor;
  /** A target that the likelihood refuses, or cannot score. */
  readonly bad: number;
}

const labels = (x: tf.Tensor) => tf.cast(tf.argMax(x, -1), 'int32');
const ones = (x: tf.Tensor) => tf.cast(tf.greater(x, 0), 'float32');

const cases: Readonly<Record<string, Case>> = {
  'categorical, logits': { likelihood: categorical(), targets: labels, bad: -1 },
  'categorical, probs': {
    likelihood: categorical({ inputType: 'probs', eps: 1e-5 }),
    head: (x) => tf.softmax(x),
    targets: labels,
    bad: 7,
  },
  'bernoulli, logits': { likelihood: bernoulli(), targets: ones, bad: 0.5 },
  'bernoulli, probs': {
    likelihood: bernoulli({ inputType: 'probs' }),
    head: tf.sigmoid,
    targets: ones,
    bad: -1,
  },
  'gaussian, std': { likelihood: gaussian({ std: 0.5 }), targets: tf.clone, bad: 3e38 },
  'gaussian, spread': {
    likelihood: gaussian({ std: 0.5, predictiveFit: 'spread' }),
    targets: tf.clone,
    bad: 3e38,
  },
  'gaussian, learned noise': { likelihood: gaussian(), noisy: true, targets: tf.clone, bad: 3e38 },
  poisson: { likelihood: poisson(), targets: (x) => tf.round(tf.abs(tf.mul(x, 5))), bad: -3 },
  custom: {
    likelihood: likelihood({
      name: 'laplaceNoise',
      logProb: (output: tf.Tensor, target: tf.Tensor) => {
        const each = tf.neg(tf.abs(tf.sub(output, target)));
        return tf.sum(tf.reshape(each, [each.shape[0]!, -1]), 1);
      },
    }),
    targets: tf.clone,
    bad: 3e38,
  },
};

const modes = ['one sample', 'expected', 'predictive'] as const;

/** The parts of a loss and the gradient of its data fitting, for one of the cases. */
const scored = (
  { likelihood: own, head, noisy }: Case,
  mode: (typeof modes)[number],
  datasetSize: number,
) => {
  const net = sequential(linear(2, 3), head ?? tf.clone);
  const model = bayesian({ posterior: normal({ std: 0.3 }) })(
    (noisy ? sequential(linear(2, 3), learnedNoise(3)) : net) as typeof net,
  );
  const params = model.init(random.key(1));
  const options = { likelihood: own as Likelihood<tf.Tensor>, datasetSize, temperature: 0 };
  const loss =
    mode === 'one sample'
      ? elbo(options)(withDivergence(model))
      : elbo({ ...options, dataFitting: mode as 'predictive' })(
          vmapSamples({ samples: 3 })(withDivergence(model)),
        );
  const run = valueAndGrad(loss);
  return (batch: Rows) => run(params, random.key(2), batch);
};

const all = Object.entries(cases).flatMap(([name, each]) => modes.map((mode) => ({ name, each, mode })));

/** The value in place of the elements where a mask of the first axes is 0. */
const filled = (x: tf.Tensor, mask: tf.Tensor, value: number): tf.Tensor => {
  const others = x.shape.slice(mask.rank).map(() => 1);
  const counts = tf.cast(tf.reshape(mask, [...mask.shape, ...others]), 'bool');
  return tf.where(counts, x, tf.cast(tf.fill(x.shape, value), x.dtype));
};

describeOnBackends('weights of rows', () => {
  it.each(all)('delete and repeat rows, whatever those are: $name, $mode', ({ each, mode }) => {
    tf.tidy(() => {
      const inputs = drawInputs(3, [5, 2]);
      const targets = each.targets(drawInputs(4, [5, 3]));
      const weights = tf.tensor1d([0, 2, 1, 3, 0]);
      const rows = tf.tensor1d([1, 1, 2, 3, 3, 3], 'int32');
      const run = scored(each, mode, 60);
      const expected = run({ inputs: tf.gather(inputs, rows), targets: tf.gather(targets, rows) });
      // What has no weight may be of any size: a rate that overflows, a label that is none.
      const spoilt = { inputs: filled(inputs, weights, 1e30), targets: filled(targets, weights, each.bad) };
      expectClose(run({ ...spoilt, weights }), expected);
      expectClose(run({ inputs, targets, weights: tf.mul(weights, 0.1) }), expected);
    });
  });

  it('need not be numbers at random: equal ones change nothing, and integers do as well', () => {
    tf.tidy(() => {
      const { inputs, targets } = labelled();
      const model = classifier();
      const loss = elbo({ likelihood: categorical(), datasetSize: 10 })(withDivergence(model));
      const run = (weights?: tf.Tensor) =>
        loss(model.init(random.key(0)), random.key(1), { inputs, targets, ...(weights && { weights }) });
      expectClose(run(tf.fill([5], 0.3)), run());
      expectClose(run(tf.ones([5], 'int32')), run());
      expectClose(run(tf.tensor1d([1, 5, 5, 1, 5])), run(tf.gather(tf.tensor1d([1, 5]), targets)));
    });
  });

  it('may be mapped with the rest of the batch', () => {
    tf.tidy(() => {
      const model = classifier();
      const params = model.init(random.key(0));
      const loss = elbo({ likelihood: categorical(), datasetSize: 10 })(withDivergence(model));
      const weights = tf.tensor2d([
        [1, 0, 2, 1, 1],
        [0, 0, 0, 3, 1],
      ]);
      const { inputs, targets } = labelled();
      const mapped = vmap((own: tf.Tensor) => loss(params, random.key(1), { inputs, targets, weights: own }));
      const each = [0, 1].map((row) =>
        loss(params, random.key(1), { inputs, targets, weights: tf.gather(weights, row) }),
      );
      expectClose(mapped(weights).loss, tf.stack(each.map((parts) => parts.loss)));
    });
  });
});

describeOnBackends('masks of positions', () => {
  it.each(all)('leave shorter sequences, whatever is behind them: $name, $mode', ({ each, mode }) => {
    tf.tidy(() => {
      const [inputs, numbers] = [drawInputs(5, [4, 3, 2]), drawInputs(6, [4, 3, 3])];
      const targets = each.targets(numbers);
      const run = scored(each, mode, 12);
      const mask = tf.tile(tf.tensor2d([[1, 1, 0]], [1, 3], 'bool'), [4, 1]);
      const spoilt = { inputs: filled(inputs, mask, 1e30), targets: filled(targets, mask, each.bad) };
      const first = (x: tf.Tensor) => tf.slice(x, [0, 0], [4, 2]);
      const expected = run({ inputs: first(inputs), targets: first(targets) });
      expectClose(run({ ...spoilt, mask }), expected);
    });
  });

  it.each(all.filter(({ name, mode }) => name !== 'custom' || mode !== 'predictive'))(
    'sum the positions of each row, however many it has: $name, $mode',
    ({ each, mode }) => {
      tf.tidy(() => {
        const [inputs, numbers] = [drawInputs(5, [4, 3, 2]), drawInputs(6, [4, 3, 3])];
        const targets = each.targets(numbers);
        const mask = tf.tensor2d([1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0], [4, 3]);
        const counts = tf.tensor1d([0, 1, 2, 6, 9, 10], 'int32');
        // 12 times the sum over 6 positions by 4 rows, and 18 times that by 6 rows, are the same.
        const flat = (x: tf.Tensor) => tf.gather(tf.reshape(x, [12, ...x.shape.slice(2)]), counts);
        const expected = scored(each, mode, 18)({ inputs: flat(inputs), targets: flat(targets) });
        expectClose(scored(each, mode, 12)({ inputs, targets, mask }), expected);
      });
    },
  );

  it('have as many axes as there are positions, and weights beside them', () => {
    tf.tidy(() => {
      const each = cases['gaussian, learned noise']!;
      const [inputs, targets] = [drawInputs(5, [3, 2, 2, 2]), drawInputs(6, [3, 2, 2, 3])];
      const mask = tf.tensor3d([1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1], [3, 2, 2]);
      const weights = tf.tensor1d([2, 0, 1]);
      const counts = tf.tensor1d([0, 3, 0, 3, 11], 'int32');
      const flat = (x: tf.Tensor) => tf.gather(tf.reshape(x, [12, ...x.shape.slice(3)]), counts);
      for (const mode of modes) {
        const expected = scored(each, mode, 5)({ inputs: flat(inputs), targets: flat(targets) });
        const spoilt = filled(targets, weights, 3e38);
        expectClose(scored(each, mode, 3)({ inputs, targets: spoilt, mask, weights }), expected);
      }
    });
  });

  it('may be mapped with the rest of the batch', () => {
    tf.tidy(() => {
      const model = bayesian()(linear(2, 3));
      const params = model.init(random.key(0));
      const loss = elbo({ likelihood: categorical(), datasetSize: 10 })(
        vmapSamples({ samples: 2 })(withDivergence(model)),
      );
      const [inputs, targets] = [drawInputs(5, [2, 4, 3, 2]), labels(drawInputs(6, [2, 4, 3, 3]))];
      const mask = tf.greater(drawInputs(7, [2, 4, 3]), 0);
      const batch = { inputs, targets, mask };
      const mapped = vmap((own: typeof batch) => loss(params, random.key(1), own));
      const each = [0, 1].map(
        (at) => loss(params, random.key(1), tree.map((x) => tf.gather(x, at))(batch) as typeof batch).loss,
      );
      expectClose(mapped(batch).loss, tf.stack(each));
    });
  });

  it('of ones alone change nothing; of zeros alone nothing is left', () => {
    tf.tidy(() => {
      const [inputs, targets] = [drawInputs(5, [4, 3, 2]), drawInputs(6, [4, 3, 3])];
      for (const mode of modes) {
        const run = scored(cases.custom!, mode, 12);
        expectClose(run({ inputs, targets, mask: tf.ones([4, 3]) }), run({ inputs, targets }));
        const [{ dataFitting }, gradient] = run({ inputs, targets, mask: tf.zeros([4, 3]) });
        const [none, ...zeros] = valuesOfEach([dataFitting, ...Object.values(gradient[0].weight)]);
        expectNumbers([...none!, ...zeros.flat()], [0, ...zeros.flat().map(() => 0)]);
      }
    });
  });
});

describeOnBackends('what a batch must not say of its rows', () => {
  const model = classifier();
  const loss = elbo({ likelihood: categorical(), datasetSize: 10 })(
    vmapSamples({ samples: 2 })(withDivergence(model)),
  );
  const refused = (more: object, message: string | RegExp) =>
    expectNoLeak(() => {
      tf.tidy(() => {
        const batch = { ...labelled(), ...more };
        expect(() => loss(model.init(random.key(0)), random.key(1), batch)).toThrow(message);
      });
    });

  it('refuses other shapes, fields and kinds', () => {
    const matrix = tf.ones([5, 2]);
    refused({ weights: tf.ones([4]) }, 'elbo: weights must be a tensor of shape [5], got a float32 tensor');
    refused({ weights: matrix }, 'elbo: weights must be a tensor of shape [5], got');
    refused({ weights: [1, 1, 1, 1, 1] }, 'elbo: weights must be a tensor of shape [5], got [1, 1, 1, 1, 1]');
    refused({ weight: tf.ones([5]) }, "elbo: batch: unknown field 'weight'; did you mean 'weights'?");
    refused(
      { mask: tf.ones([5]) },
      /^elbo: mask must be a tensor of shape \[5, \.\.\.positions\], got .*; weights are for whole rows/,
    );
    refused({ mask: tf.ones([4, 2]) }, 'elbo: mask must be a tensor of shape [5, ...positions], got');
    refused({ mask: matrix }, 'elbo: targets must be of shape [5, 2, ...], as of the mask, got');
  });

  it('refuses values that are no weights and no masks, where they can be read', () => {
    if (!canReadSync()) return;
    refused(
      { weights: tf.tensor1d([1, 2, -1, 1, 1]) },
      'elbo: weights must be finite numbers of at least 0, got -1',
    );
    refused(
      { weights: tf.tensor1d([1, Number.NaN, 1, 1, 1]) },
      'elbo: weights must be finite numbers of at least 0, got NaN',
    );
    refused({ weights: tf.zeros([5]) }, 'elbo: weights must be above 0 for at least one row, got');
    refused({ mask: tf.fill([5, 1], 2) }, 'elbo: mask must be zeros and ones, got 2');
  });
});

import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  batchNorm,
  bayesian,
  elbo,
  gaussian,
  linear,
  random,
  sequential,
  trainStep,
  withLogProbs,
} from '../../src/index.ts';
import {
  accumulate,
  adam,
  chain,
  ema,
  type GradientTransformation,
  partition,
  scale,
} from '../../src/optimizers/index.ts';
import { zipWith } from '../../src/tree/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNumbers } from '../support/numbers.ts';
import { leavesNothing } from './reference.ts';
import { flat, flatNumbers, tensors, trees } from './trees.ts';

describeOnBackends('ema', () => {
  it('averages the parameters after each update, which it leaves as they are', () => {
    const decays = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(trees, fc.array(trees, { minLength: 1, maxLength: 5 }), decays, (start, steps, decay) =>
        tf.tidy(() => {
          const plain = chain(scale(0.5), scale(-1));
          const optimizer = ema({ decay })(plain);
          let params = tensors(start);
          let state = optimizer.init(params);
          expect(flat(state.average)).toEqual(flat(params));
          const expected = [...flatNumbers(start)];
          const exact = [...flatNumbers(start)];
          for (const gradient of steps) {
            const next = optimizer.update(tensors(gradient), state, params);
            const alone = plain.update(tensors(gradient), state.inner, params);
            expect(flat(next.updates)).toEqual(flat(alone.updates));
            params = zipWith((a, b) => tf.add(a, b))(params, next.updates) as typeof params;
            state = next.state;
            flatNumbers(gradient).forEach((g, i) => {
              exact[i] = exact[i]! - 0.5 * g;
              expected[i] = decay * expected[i]! + (1 - decay) * exact[i]!;
            });
            expectNumbers(flat(state.average), expected, 1e-5);
          }
        }),
      ),
      { numRuns: runs(20) },
    );
  });

  it('is the parameters with a decay of 0, and keeps the bits of parameters that stay', () => {
    tf.tidy(() => {
      const params = { w: tf.tensor1d([0.1, -7.3, 1e-8]) };
      const gradient = { w: tf.tensor1d([1, 2, 3]) };
      const last = ema({ decay: 0 })(scale(-0.25));
      expectNumbers(
        flat(last.update(gradient, last.init(params), params).state.average),
        [-0.15, -7.8, -0.75],
        1e-6,
      );
      const frozen = ema({ decay: 0.9 })(scale(0));
      let state = frozen.init(params);
      for (let n = 0; n < 5; n++) state = frozen.update(gradient, state, params).state;
      expect(flat(state.average)).toEqual(flat(params));
    });
  });

  it('counts batches around accumulate, and updates within it', () => {
    tf.tidy(() => {
      const params = { w: tf.scalar(0) };
      const gradient = { w: tf.scalar(-1) };
      const around = ema({ decay: 0.5 })(accumulate(2)(scale(-1)));
      const within = accumulate(2)(ema({ decay: 0.5 })(scale(-1)));
      let [a, b] = [around.init(params), within.init(params)];
      a = around.update(gradient, a, params).state;
      b = within.update(gradient, b, params).state;
      expect(flat([a.average, b.inner.average])).toEqual([0, 0]);
      a = around.update(gradient, a, params).state;
      b = within.update(gradient, b, params).state;
      expect(flat([a.average, b.inner.average])).toEqual([0.5, 0.5]);
      const moved = { w: tf.scalar(1) };
      a = around.update(gradient, a, moved).state;
      b = within.update(gradient, b, moved).state;
      expect(flat([a.average, b.inner.average])).toEqual([0.75, 0.5]);
    });
  });

  it('averages the part that it is given by partition', () => {
    tf.tidy(() => {
      const params = { a: tf.ones([2]), b: [tf.scalar(3)] };
      const optimizer = partition({ mean: ema({ decay: 0.5 })(scale(-1)), rest: scale(0) }, ([name]) =>
        name === 'b' ? 'mean' : 'rest',
      );
      const { state } = optimizer.update(params, optimizer.init(params), params);
      expect(state.mean.average).toEqual({ b: { 0: expect.anything() } });
      expect(flat(state.mean.average)).toEqual([1.5]);
    });
  });

  it('copies statistics, of which it keeps tensors of its own', () => {
    const average = ema({ decay: 0.5 })(adam({ learningRate: 0.1 }));
    const model = bayesian()(sequential(linear(2, 3), batchNorm(3), linear(3, 1)));
    const loss = elbo({ likelihood: gaussian({ std: 1 }), datasetSize: 4 })(withLogProbs(model));
    const step = trainStep(loss, average);
    tf.tidy(() => {
      const batch = { inputs: random.normal(random.key(2), [4, 2]), targets: tf.ones([4, 1]) };
      const first = step.init(model.init(random.key(0)), random.key(1));
      const second = step.update(first, batch).state;
      const { params, optimizer } = step.update(second, batch).state;
      const averaged = optimizer.average as typeof params;
      const moments = ({ 1: { runningMean, runningVar } }: typeof params) => ({ runningMean, runningVar });
      expect(flat(moments(params))).not.toEqual(flat(moments(second.params)));
      expect(flat(moments(averaged))).toEqual(flat(moments(params)));
      expect(flat(averaged[0])).not.toEqual(flat(params[0]));
      tf.dispose(moments(averaged));
      expect(flat(moments(params))).toHaveLength(6);
    });
  });

  it('copies statistics within other transformations', () => {
    const params = { norm: { weight: tf.tensor1d([1, 2]), mean: tf.tensor1d([3, 4]) } };
    const gradient = { norm: { weight: tf.ones([2]), mean: tf.zeros([2]) } };
    const statistics = { norm: { mean: tf.tensor1d([5, 6]) } };
    const averaged = <S>(
      optimizer: GradientTransformation<S>,
      read: (state: S) => { readonly average: unknown },
    ): readonly number[] => {
      const { state } = optimizer.update(gradient, optimizer.init(params), params, statistics);
      return flat(read(state).average);
    };
    const own = ema({ decay: 0.5 })(scale(-1));
    const expected = [0.5, 1.5, 5, 6];
    tf.tidy(() => {
      expect(averaged(own, (state) => state)).toEqual(expected);
      expect(averaged(accumulate(1)(own), (state) => state.inner)).toEqual(expected);
      expect(averaged(chain(scale(1), own), ([, second]) => second)).toEqual(expected);
      expect(averaged(ema({ decay: 0 })(own), (state) => state.inner)).toEqual(expected);
      expect(
        averaged(
          partition({ all: own }, () => 'all'),
          ({ all }) => all,
        ),
      ).toEqual(expected);
    });
    tf.dispose([params, gradient, statistics] as unknown as tf.TensorContainer);
  });

  it('leaks no tensors, also if its optimizer fails', () => {
    leavesNothing(ema({ decay: 0.9 })(adam({ learningRate: 1 })));
    leavesNothing(chain(ema({ decay: 0.9 })(adam({ learningRate: 1 })), scale(2)));
    const params = { w: tf.ones([2]) };
    const optimizer = ema({ decay: 0.9 })({
      init: () => ({}),
      update: (gradient, state) => ({ updates: { ...gradient, w: undefined }, state }),
    });
    const state = optimizer.init(params);
    const before = tf.memory().numTensors;
    expect(() => optimizer.update(params, state, params)).toThrow("must have a tensor at 'w'");
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([params, state] as unknown as tf.TensorContainer);
  });

  it('refuses bad decays, optimizers and states, by name', () => {
    for (const decay of [1, -0.1, Number.NaN, '0.9', undefined])
      expect(() => ema({ decay: decay as number })).toThrow('ema: decay must be a number in [0, 1), got ');
    expect(() => ema({ decay: 0.9 })(undefined as never)).toThrow('ema: optimizer must be one such as adam(');
    tf.tidy(() => {
      const params = { w: tf.zeros([2]) };
      const optimizer = ema({ decay: 0.9 })(scale(1));
      const update = (state: unknown, gradient: object = params) =>
        optimizer.update(gradient, state as ReturnType<typeof optimizer.init>, params as object);
      expect(() => update(null)).toThrow('ema: state must be a state returned by init or update, got null');
      expect(() => update({ average: { w: tf.zeros([3]) }, inner: {} })).toThrow(
        "ema: state.average at 'w' must be a tensor of shape [2], got a float32 tensor of shape [3]",
      );
      expect(() => optimizer.update(params, optimizer.init(params), params, { w: tf.zeros([3]) })).toThrow(
        "ema: 'w' in the statistics of the loss must be a tensor of shape [2], averaged over samples, got a float32",
      );
      expect(() => update(optimizer.init(params), {})).toThrow(
        "ema: gradient at 'w' must be a tensor of shape [2], got undefined",
      );
    });
  });
});

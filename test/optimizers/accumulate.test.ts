import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type AccumulateState,
  accumulate,
  adam,
  chain,
  clipByGlobalNorm,
  ema,
  scale,
  sgd,
} from '../../src/optimizers/index.ts';
import { zipWith } from '../../src/tree/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNumbers } from '../support/numbers.ts';
import { leavesNothing, matchesReference } from './reference.ts';
import { flat, tensors, trees } from './trees.ts';

const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;

interface Line {
  readonly w: tf.Tensor;
  readonly b: tf.Tensor;
}

/** The gradient of the mean squared error of a line. */
const slope = ({ w, b }: Line, x: tf.Tensor, y: tf.Tensor): Line => {
  const error = tf.mul(2, tf.sub(tf.add(tf.mul(x, w), b), y));
  return { w: tf.mean(tf.mul(error, x)), b: tf.mean(error) };
};

describeOnBackends('accumulate', () => {
  it('updates with the mean of n gradients, and not in between', () => {
    for (const n of [1, 2, 3])
      matchesReference(
        accumulate(n)(sgd({ learningRate: 0.1 })),
        (g) => (g.length % n === 0 ? -0.1 * mean(g.slice(-n)) : 0),
        1e-5,
      );
    const rate = (step: number) => 1 / (1 + step);
    matchesReference(
      accumulate(2)(scale(rate)),
      (g) => (g.length % 2 === 0 ? rate(g.length / 2 - 1) * mean(g.slice(-2)) : 0),
      1e-5,
    );
  });

  it('of one gradient is the optimizer itself, to the last bit', () => {
    fc.assert(
      fc.property(trees, fc.array(trees, { minLength: 1, maxLength: 4 }), (start, steps) =>
        tf.tidy(() => {
          const params = tensors(start);
          const optimizer = adam({ learningRate: 0.1 });
          const same = accumulate(1)(optimizer);
          let [a, b] = [optimizer.init(params), same.init(params)];
          for (const gradient of steps.map(tensors)) {
            const [one, other] = [optimizer.update(gradient, a, params), same.update(gradient, b, params)];
            expect(flat(other.updates)).toEqual(flat(one.updates));
            expect(flat(other.state.inner)).toEqual(flat(one.state));
            [a, b] = [one.state, other.state];
          }
        }),
      ),
      { numRuns: runs(10) },
    );
  });

  it('equals steps on batches n times as large', () => {
    const row = fc.float({ min: -3, max: 3, noNaN: true });
    const rows = fc.array(fc.tuple(row, row), { minLength: 24, maxLength: 24 });
    const optimizers = [
      () => sgd({ learningRate: 0.05, momentum: 0.9 }),
      () => chain(clipByGlobalNorm(1), adam({ learningRate: 0.1, epsilon: 0.1 })),
    ] as const;
    fc.assert(
      fc.property(rows, fc.constantFrom(2, 3, 4), fc.constantFrom(0, 1), (data, n, which) =>
        tf.tidy(() => {
          /** The parameters after all rows in batches of a size. */
          const train = (size: number, every: number): Line => {
            const optimizer = accumulate(every)(optimizers[which as 0 | 1]() as ReturnType<typeof sgd>);
            const batches = Array.from({ length: data.length / size }, (_, at) =>
              data.slice(at * size, (at + 1) * size),
            );
            const first: Line = { w: tf.scalar(0.5), b: tf.scalar(-0.5) };
            return batches.reduce(
              ({ params, state }, batch) => {
                const [x, y] = [0, 1].map((column) => tf.tensor1d(batch.map((each) => each[column]!)));
                const next = optimizer.update(slope(params, x!, y!), state, params);
                return {
                  params: zipWith((a, b) => tf.add(a, b))(params, next.updates) as Line,
                  state: next.state,
                };
              },
              { params: first, state: optimizer.init(first) },
            ).params;
          };
          expectNumbers(flat(train(12 / n, n)), flat(train(12, 1)), 1e-4);
        }),
      ),
      { numRuns: runs(10) },
    );
  });

  it('has a count, a mean and the state of its optimizer as its state', () => {
    tf.tidy(() => {
      const params = { w: tf.zeros([2]) };
      const optimizer = accumulate(3)(adam({ learningRate: 0.1 }));
      const after = (steps: number): AccumulateState<unknown> =>
        Array.from({ length: steps }, (_, at) => at + 1).reduce(
          (state, size) => optimizer.update({ w: tf.fill([2], size) }, state, params).state,
          optimizer.init(params),
        );
      expect([0, 1, 2, 3, 4].map((steps) => after(steps).count)).toEqual([0, 1, 2, 0, 1]);
      expect([0, 1, 2, 3, 4].map((steps) => flat(after(steps).mean)[0])).toEqual([0, 1, 1.5, 0, 4]);
      expect([0, 2, 3, 5, 6].map((steps) => (after(steps).inner as [{ step: number }])[0].step)).toEqual([
        0, 0, 1, 1, 2,
      ]);
    });
  });

  it('passes NaN on to the next update', () => {
    tf.tidy(() => {
      const params = { w: tf.zeros([2]) };
      const optimizer = accumulate(2)(scale(-1));
      const first = optimizer.update({ w: tf.tensor1d([Number.NaN, 1]) }, optimizer.init(params), params);
      expect(flat(first.updates)).toEqual([0, 0]);
      const { updates, state } = optimizer.update({ w: tf.tensor1d([1, 2]) }, first.state, params);
      expect(flat(updates)).toEqual([Number.NaN, -1.5]);
      expect(flat(state.mean)).toEqual([0, 0]);
    });
  });

  it('owns what it returns: states can be disposed in any order, and nothing leaks', () => {
    const identity = { init: () => ({}), update: <P>(updates: P, state: object) => ({ updates, state }) };
    for (const n of [1, 2, 3]) {
      leavesNothing(accumulate(n)(adam({ learningRate: 1 })));
      leavesNothing(accumulate(n)(identity));
      leavesNothing(chain(accumulate(n)(ema({ decay: 0.5 })(scale(2))), scale(-1)));
    }
    const params = { w: tf.ones([2]) };
    const optimizer = accumulate(3)(adam({ learningRate: 1 }));
    const first = optimizer.init(params);
    const { state, updates } = optimizer.update(params, first, params);
    tf.dispose(first as unknown as tf.TensorContainer);
    expect(flat([state, updates])).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
    tf.dispose([state, updates, params] as unknown as tf.TensorContainer);
  });

  it('refuses bad counts, optimizers and states, by name', () => {
    for (const n of [0, -1, 1.5, Number.NaN, '2'])
      expect(() => accumulate(n as number)).toThrow('accumulate: n must be a positive integer, got ');
    expect(() => accumulate(2)(adam as never)).toThrow(
      "accumulate: optimizer must be one such as adam({ learningRate: 1e-3 }), got a function 'adam'",
    );
    tf.tidy(() => {
      const params = { w: tf.zeros([2]) };
      const optimizer = accumulate(2)(scale(1));
      const state = optimizer.init(params);
      const update = (given: unknown, gradient: object = params) =>
        optimizer.update(gradient, given as typeof state, params as object);
      expect(() => update(state, {})).toThrow("accumulate: gradient at 'w' must be a tensor of shape [2]");
      expect(() => update(null)).toThrow('accumulate: state must be a state returned by init or update');
      expect(() => update({ ...state, count: 2 })).toThrow(
        'accumulate: state.count must be an integer from 0 to 1, got 2',
      );
      expect(() => update({ ...state, mean: {} })).toThrow(
        "accumulate: state.mean at 'w' must be a tensor of shape [2], got undefined",
      );
    });
  });
});

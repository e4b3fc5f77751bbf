import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { chain, type GradientTransformation, scale, sgd, trace } from '../../src/optimizers/index.ts';
import { zipWith } from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { leavesNothing, matchesReference } from './reference.ts';
import { flat } from './trees.ts';

/** The decaying sum of gradients, and what Nesterov's variant makes of it. */
const momentum =
  (rate: number, decay: number, nesterov: boolean) =>
  (gradients: readonly number[]): number => {
    const sum = gradients.reduce((t, g) => g + decay * t, 0);
    return -rate * (nesterov ? gradients.at(-1)! + decay * sum : sum);
  };

describeOnBackends('sgd', () => {
  it('matches the formula in double precision', () => {
    matchesReference(sgd({ learningRate: 0.1 }), momentum(0.1, 0, false), 1e-6);
    matchesReference(sgd({ learningRate: 0.1, momentum: 0.9 }), momentum(0.1, 0.9, false), 1e-5);
    matchesReference(
      sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
      momentum(0.1, 0.9, true),
      1e-5,
    );
    matchesReference(scale(-3), ([...g]) => -3 * g.at(-1)!, 1e-6);
    matchesReference(trace({ decay: 0.5 }), momentum(-1, 0.5, false), 1e-6);
    matchesReference(chain(trace({ decay: 0.5 }), scale(-0.2)), momentum(0.2, 0.5, false), 1e-6);
  });

  it('finds the minimum of a quadratic', () => {
    tf.tidy(() => {
      const target = tf.tensor1d([1, -2, 3]);
      const optimizer = sgd({ learningRate: 0.05, momentum: 0.8 });
      const start = { x: tf.zeros([3]) };
      const end = Array.from({ length: 200 }).reduce<{
        params: typeof start;
        state: ReturnType<typeof optimizer.init>;
      }>(
        ({ params, state }) => {
          const gradient = { x: tf.mul(tf.sub(params.x, target), [1, 2, 4]) };
          const step = optimizer.update(gradient, state, params);
          return {
            params: zipWith((a, b) => tf.add(a, b))(params, step.updates) as typeof start,
            state: step.state,
          };
        },
        { params: start, state: optimizer.init(start) },
      );
      flat(end.params).forEach((x, i) => {
        expect(x).toBeCloseTo([1, -2, 3][i]!, 4);
      });
    });
  });

  it('takes the learning rate of each step from a schedule', () => {
    const rate = (step: number) => 0.1 / (1 + step);
    matchesReference(sgd({ learningRate: rate }), (g) => -rate(g.length - 1) * g.at(-1)!, 1e-6);
    matchesReference(
      sgd({ learningRate: rate, momentum: 0.9 }),
      (g) => momentum(rate(g.length - 1), 0.9, false)(g),
      1e-5,
    );
    matchesReference(
      scale((step) => step - 1),
      (g) => (g.length - 2) * g.at(-1)!,
      1e-6,
    );
  });

  it('counts steps only for a schedule, so that states of version 0.1 fit', () => {
    tf.tidy(() => {
      const params = { w: tf.zeros([2]) };
      const states = [0.1, (step: number) => step].flatMap((learningRate) => {
        const optimizer = scale(learningRate);
        const first = optimizer.init(params);
        return [first, optimizer.update(params, first, params).state];
      });
      expect(states).toEqual([{}, {}, { step: 0 }, { step: 1 }]);
    });
  });

  it('refuses what a schedule returns by name and step, and a state without a step', () => {
    tf.tidy(() => {
      const params = { w: tf.zeros([2]) };
      const run = (optimizer: GradientTransformation<object>, state: object = { step: 7 }) =>
        optimizer.update(params, state, params);
      for (const bad of [Number.NaN, -0.1, Number.POSITIVE_INFINITY, undefined, '1'])
        expect(() => run(sgd({ learningRate: () => bad as number }) as never)).toThrow(
          'sgd: learningRate at step 7 must be a finite number of at least 0, got ',
        );
      expect(() => run(scale(() => Number.NaN))).toThrow(
        'scale: factor at step 7 must be a finite number, got NaN',
      );
      expect(flat(run(scale(() => -1)).updates)).toEqual([-0, -0]);
      for (const state of [{}, { step: -1 }, { step: 0.5 }, null, 3])
        expect(() =>
          run(
            scale(() => 1),
            state as object,
          ),
        ).toThrow('scale: state must be a state with a step count, returned by init or update, got ');
    });
  });

  it('leaks no tensors', () => {
    leavesNothing(sgd({ learningRate: (step) => step }));
    leavesNothing(sgd({ learningRate: 1 }));
    leavesNothing(sgd({ learningRate: 1, momentum: 0.5, nesterov: true }));
    leavesNothing(trace({ decay: 0.5 }));
    leavesNothing(scale(2));
  });

  it('refuses bad options by name', () => {
    for (const learningRate of [0, -1, Number.NaN, Infinity, undefined]) {
      expect(() => sgd({ learningRate: learningRate as number })).toThrow(
        'sgd: learningRate must be a finite number above 0, got ',
      );
    }
    for (const bad of [-0.1, 1, Number.NaN, '0']) {
      expect(() => sgd({ learningRate: 1, momentum: bad as number })).toThrow(
        'sgd: momentum must be a number in [0, 1), got ',
      );
      expect(() => trace({ decay: bad as number })).toThrow('trace: decay must be a number in [0, 1), got ');
    }
    expect(() => sgd({ learningRate: 1, nesterov: true })).toThrow(
      'sgd: momentum must be above 0 if nesterov is true, got 0',
    );
    expect(() => scale(Infinity)).toThrow('scale: factor must be a finite number, got Infinity');
  });
});

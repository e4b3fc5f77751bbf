import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type AdamState,
  adam,
  adamw,
  addDecayedWeights,
  scaleByAdam,
  schedule,
} from '../../src/optimizers/index.ts';
import { map, type Path, zipWith } from '../../src/tree/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { leavesNothing, matchesReference } from './reference.ts';
import { flat } from './trees.ts';

/** Algorithm 1 of Kingma & Ba for one number, line by line. */
const reference =
  (alpha: number, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8) =>
  (gradients: readonly number[]): number => {
    let m = 0;
    let v = 0;
    for (const g of gradients) {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
    }
    const t = gradients.length;
    return (-alpha * (m / (1 - beta1 ** t))) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
  };

interface Point {
  readonly x: tf.Tensor;
}
interface Walk {
  readonly params: Point;
  readonly state: AdamState;
}

/** The parameters and the state after `steps` updates with the gradient that `slope` gives. */
const walk = (from: Point, learningRate: number, steps: number, slope: (x: tf.Tensor) => tf.Tensor): Walk => {
  const optimizer = adam({ learningRate });
  return Array.from({ length: steps }).reduce<Walk>(
    ({ params, state }) => {
      const next = optimizer.update({ x: slope(params.x) }, state, params);
      return { params: zipWith((a, b) => tf.add(a, b))(params, next.updates) as Point, state: next.state };
    },
    { params: from, state: optimizer.init(from) },
  );
};

/** The first step of a learning rate of 1, without epsilon. */
const firstStep = (gradient: readonly number[]): readonly number[] => {
  tf.engine().startScope();
  const optimizer = adam({ learningRate: 1, epsilon: 0 });
  const params = { x: tf.zeros([gradient.length]) };
  const updates = flat(
    optimizer.update({ x: tf.tensor1d([...gradient]) }, optimizer.init(params), params).updates,
  );
  tf.engine().endScope();
  return updates;
};

describeOnBackends('adam', () => {
  it('matches the formula in double precision', () => {
    matchesReference(adam({ learningRate: 0.01 }), reference(0.01), 2e-6);
    const options = { beta1: 0.5, beta2: 0.9, epsilon: 0.1 };
    matchesReference(adam({ learningRate: 1, ...options }), reference(1, 0.5, 0.9, 0.1), 2e-5);
    matchesReference(adam({ learningRate: 1, beta1: 0, beta2: 0, epsilon: 1 }), reference(1, 0, 0, 1), 1e-5);
  });

  it('starts with a step of the learning rate, whatever the size of the gradient', () => {
    tf.tidy(() => {
      const { params } = walk({ x: tf.zeros([4]) }, 0.1, 1, () => tf.tensor1d([1e-5, -1, 1e9, 0]));
      flat(params).forEach((x, i) => {
        expect(x).toBeCloseTo([-0.1, 0.1, -0.1, 0][i]!, 3);
      });
    });
  });

  it('finds the minimum of a badly scaled quadratic', () => {
    tf.tidy(() => {
      const { params } = walk({ x: tf.zeros([3]) }, 0.05, 400, (x) =>
        tf.mul(tf.sub(x, [1, -2, 3]), [1e-3, 1, 1e3]),
      );
      flat(params).forEach((x, i) => {
        expect(x).toBeCloseTo([1, -2, 3][i]!, 1);
      });
    });
  });

  it('has a step count and moments like the parameters as its state', () => {
    tf.tidy(() => {
      const { state } = walk({ x: tf.zeros([2]) }, 0.1, 3, () => tf.tensor1d([1, -2]));
      const [moments] = state;
      expect(moments.step).toBe(3);
      flat(moments.firstMoment).forEach((m, i) => {
        expect(m).toBeCloseTo((1 - 0.9 ** 3) * [1, -2][i]!, 6);
      });
      flat(moments.secondMoment).forEach((v, i) => {
        expect(v).toBeCloseTo((1 - 0.999 ** 3) * [1, 4][i]!, 6);
      });
    });
  });

  it('has no denormal moments if gradients vanish', () => {
    tf.tidy(() => {
      const params = { x: tf.zeros([3]) };
      const optimizer = adam({ learningRate: 0.1, beta1: 0.1, beta2: 0.1 });
      const gradients = [0.5, -1e-12, 1e-20, ...Array.from({ length: 38 }, () => 0)];
      const [moments] = gradients.reduce<AdamState>(
        (state, size) => optimizer.update({ x: tf.fill([3], size) }, state, params).state,
        optimizer.init(params),
      );
      expect(flat(moments.firstMoment)).toEqual([0, 0, 0]);
      expect(flat(moments.secondMoment)).toEqual([0, 0, 0]);
    });
  });

  it('moves by the learning rate at first, however small or large the gradient, without epsilon', () => {
    const sizes = [1e-16, -1e-16, 1e-17, -4e-18, 1e-12, 1e-8, -1, 1e8, 1e18, -1e19];
    firstStep(sizes).forEach((update, at) => {
      expect(update).toBeCloseTo(-Math.sign(sizes[at]!), 5);
    });
    const [zero, least, huge, infinite] = firstStep([0, 1e-38, 1e20, Number.POSITIVE_INFINITY]);
    expect(zero! + 0).toBe(0);
    expect(Math.abs(least!)).toBeLessThanOrEqual(1);
    // Its square is none of float32's, and a step of 0 would be wrong for ever after.
    expect(huge).toBeNaN();
    expect(infinite).toBeNaN();
  });

  it('equals the formula in doubles for gradients of any size', () => {
    const exponents = fc.array(fc.integer({ min: -15, max: 17 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(
        exponents,
        fc.array(fc.double({ min: 0.1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (powers, steps) =>
          tf.tidy(() => {
            const sizes = powers.map((power) => Math.fround(10 ** power));
            const optimizer = adam({ learningRate: 1, epsilon: 0 });
            const params = { x: tf.zeros([5]) };
            const end = steps.reduce<{ state: AdamState; updates: readonly number[] }>(
              ({ state }, step) => {
                const gradient = tf.tensor1d(sizes.map((size) => size * step));
                const next = optimizer.update({ x: gradient }, state, params);
                return { state: next.state, updates: flat(next.updates) };
              },
              { state: optimizer.init(params), updates: [] },
            );
            const mean = (rate: number, of: (x: number) => number) =>
              steps.reduce((sum, x) => rate * sum + (1 - rate) * of(x), 0) / (1 - rate ** steps.length);
            const expected = -mean(0.9, (x) => x) / Math.sqrt(mean(0.999, (x) => x * x));
            for (const update of end.updates) expect(Math.abs(update - expected)).toBeLessThan(1e-4);
          }),
      ),
    );
  });

  it('passes NaN on', () => {
    tf.tidy(() => {
      const { params } = walk({ x: tf.zeros([2]) }, 0.1, 1, () => tf.tensor1d([Number.NaN, 1]));
      expect(flat(params)[0]).toBeNaN();
      expect(flat(params)[1]).toBeCloseTo(-0.1, 5);
    });
  });

  it('leaks no tensors', () => {
    leavesNothing(adam({ learningRate: 1 }));
  });

  it('refuses bad options and gradients that do not fit, by name', () => {
    const rate = { learningRate: 1 };
    expect(() => adam({ learningRate: 0 })).toThrow(
      'adam: learningRate must be a finite number above 0, got 0',
    );
    expect(() => adam({ ...rate, beta1: 1 })).toThrow('adam: beta1 must be a number in [0, 1), got 1');
    expect(() => scaleByAdam({ beta1: 1 })).toThrow('scaleByAdam: beta1 must be a number in [0, 1), got 1');
    expect(() => adam({ ...rate, beta2: -1 })).toThrow('adam: beta2 must be a number in [0, 1), got -1');
    expect(() => adam({ ...rate, epsilon: -1 })).toThrow(
      'adam: epsilon must be a finite number of at least 0, got -1',
    );
    tf.tidy(() => {
      const params = { layer: { w: tf.zeros([2, 3]) } };
      const optimizer = adam(rate);
      const state = optimizer.init(params);
      const update = (gradient: unknown, from = state) => optimizer.update(gradient, from, params as unknown);
      expect(() => update({ layer: {} })).toThrow(
        "adam: gradient at 'layer.w' must be a tensor of shape [2, 3], got undefined",
      );
      expect(() => update({ layer: { w: tf.zeros([3, 2]) } })).toThrow(
        "adam: gradient at 'layer.w' must be a tensor of shape [2, 3], got a float32 tensor of shape [3, 2]",
      );
      expect(() => update({ layer: { w: tf.zeros([2, 3]), b: tf.zeros([3]) } })).toThrow(
        "adam: gradient at 'layer.b' must be absent, as there is no such parameter, got ",
      );
      const other = optimizer.init({ layer: { w: tf.zeros([1, 3]) } });
      expect(() => update(params, other)).toThrow(
        "adam: state.firstMoment at 'layer.w' must be a tensor of shape",
      );
    });
  });
});

describeOnBackends('adam with a schedule', () => {
  it('multiplies by the learning rate of the step', () => {
    const rate = schedule.linear({ from: 0.1, to: 0, steps: 4 });
    matchesReference(adam({ learningRate: rate }), (g) => reference(rate(g.length - 1))(g), 2e-6);
  });

  it('has the updates of a number, to the last bit, if the schedule is constant', () => {
    const gradients = fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(gradients, fc.double({ min: 1e-4, max: 1, noNaN: true }), (steps, learningRate) =>
        tf.tidy(() => {
          const params = { x: tf.scalar(0) };
          const [fixed, scheduled] = [
            adam({ learningRate }),
            adam({ learningRate: schedule.constant(learningRate) }),
          ];
          let [a, b] = [fixed.init(params), scheduled.init(params)];
          for (const size of steps) {
            const gradient = { x: tf.scalar(size) };
            const [one, other] = [fixed.update(gradient, a, params), scheduled.update(gradient, b, params)];
            expect(flat(other.updates)).toEqual(flat(one.updates));
            [a, b] = [one.state, other.state];
          }
          expect([a[1], b[1]]).toEqual([{}, { step: steps.length }]);
        }),
      ),
      { numRuns: runs(10) },
    );
  });
});

describeOnBackends('adamw', () => {
  const options = { learningRate: 0.01, weightDecay: 0.3 };

  it('is adam less the decay, where it is asked for, in double precision', () => {
    matchesReference(
      adamw({ ...options, where: () => true }),
      (g, x) => reference(0.01)(g) - 0.01 * 0.3 * x,
      1e-5,
    );
    matchesReference(adamw({ ...options, where: () => false }), reference(0.01), 2e-6);
    const rate = (step: number) => 0.1 / (1 + step);
    matchesReference(
      adamw({ ...options, learningRate: rate, beta1: 0.5, where: () => true }),
      (g, x) => reference(rate(g.length - 1), 0.5)(g) - rate(g.length - 1) * 0.3 * x,
      1e-5,
    );
    matchesReference(
      addDecayedWeights({ weightDecay: 2, where: () => true }),
      (g, x) => g.at(-1)! + 2 * x,
      1e-5,
    );
  });

  it('selects parameters by their paths', () => {
    tf.tidy(() => {
      const params = { layer: { weight: tf.ones([2]), bias: tf.ones([1]) }, list: [tf.ones([1])] };
      const zero = map((x) => tf.zerosLike(x))(params) as typeof params;
      const paths: string[] = [];
      const where = (path: Path) => {
        paths.push(path.join('.'));
        return path.at(-1) !== 'bias';
      };
      const { updates } = addDecayedWeights({ weightDecay: 0.5, where }).update(zero, {}, params);
      expect(flat(updates)).toEqual([0.5, 0.5, 0, 0.5]);
      expect(paths).toEqual(['layer.weight', 'layer.bias', 'list.0']);
    });
  });

  it('leaks no tensors', () => {
    leavesNothing(adamw({ ...options, where: () => true }));
    leavesNothing(addDecayedWeights({ weightDecay: 1, where: ([name]) => name === 'w' }));
  });

  it('refuses bad options and answers, by name', () => {
    const where = () => true;
    expect(() => adamw({ ...options, where, learningRate: 0 })).toThrow(
      'adamw: learningRate must be a finite number above 0, got 0',
    );
    expect(() => adamw({ ...options, where, beta1: 1 })).toThrow(
      'adamw: beta1 must be a number in [0, 1), got 1',
    );
    expect(() => adamw({ ...options, where, weightDecay: -1 })).toThrow(
      'adamw: weightDecay must be a finite number of at least 0, got -1',
    );
    expect(() => adamw(options as never)).toThrow(
      'adamw: where must be a function from a path to true or false, got undefined',
    );
    expect(() => addDecayedWeights({ weightDecay: Number.NaN, where })).toThrow(
      'addDecayedWeights: weightDecay must be a finite number of at least 0, got NaN',
    );
    tf.tidy(() => {
      const params = { layer: { w: tf.zeros([2]) } };
      const unsure = adamw({ ...options, where: () => undefined as never });
      expect(() => unsure.update(params, unsure.init(params), params)).toThrow(
        "adamw: result of where for 'layer.w' must be true or false, got undefined",
      );
    });
  });
});

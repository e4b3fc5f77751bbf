import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import { useKernels } from '../../src/backend/index.ts';
import { kernelsWanted } from '../../src/backend/useKernels.ts';
import {
  accumulate,
  adam,
  chain,
  clipByGlobalNorm,
  ema,
  type GradientTransformation,
  type IvonState,
  ivon,
  partition,
  scale,
  schedule,
} from '../../src/optimizers/index.ts';
import { tidied, zipWith } from '../../src/tree/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers } from '../support/numbers.ts';
import {
  inOrder,
  type Numbers,
  official,
  reference,
  type Settings,
  slopes,
  starts,
  tensors,
  type Weight,
} from './ivonReference.ts';
import { flat } from './trees.ts';

const wanted = kernelsWanted();
afterEach(() => useKernels(wanted));

const settings: fc.Arbitrary<Settings> = fc.record({
  learningRate: fc.constantFrom(0.01, 0.2, 1),
  beta1: fc.constantFrom(0, 0.5, 0.9),
  beta2: fc.constantFrom(0.5, 0.9, 0.9999),
  temperature: fc.constantFrom(0.3, 1, 4),
  clipRadius: fc.constantFrom(0.5, Number.POSITIVE_INFINITY),
});

const steps = fc.array(slopes, { minLength: 1, maxLength: 4 });

/** The parameters and the state after a gradient for each step. */
const walk = (optimizer: GradientTransformation<IvonState>, start: Numbers, gradients: readonly Numbers[]) =>
  gradients.map(tensors).reduce(
    ({ params, state }, gradient) => {
      const next = optimizer.update(gradient, state, params);
      return {
        params: zipWith((x, dx) => tf.add(x, dx))(params, next.updates) as typeof params,
        state: next.state,
      };
    },
    { params: tensors(start), state: optimizer.init(tensors(start)) },
  );

/** The same in doubles. */
const walked = (own: Settings, start: Numbers, gradients: readonly Numbers[]): readonly Weight[] =>
  start.mean.map((mean, at) =>
    gradients.reduce<Weight>(
      (weight, slope, step) =>
        reference(own)(weight, { mean: slope.mean[at]!, logStd: slope.logStd[at]! }, step + 1),
      { mean, logStd: start.logStd[at]!, momentum: 0 },
    ),
  );

const expectWeights = ({ params, state }: ReturnType<typeof walk>, weights: readonly Weight[]): void => {
  const column = (name: keyof Weight): readonly number[] => weights.map((weight) => weight[name]);
  expectNumbers(flat(params), inOrder({ mean: column('mean'), logStd: column('logStd') }), 2e-5);
  expectNumbers(flat(state.momentum), column('momentum'), 2e-6);
};

/** One normal variable of some elements. */
const variable = (mean: readonly number[], logStd: readonly number[]) => ({
  w: { mean: tf.tensor1d([...mean]), logStd: tf.tensor1d([...logStd]) },
});

describeOnBackends('ivon', () => {
  it('matches the equations in double precision, with our kernels and without', () => {
    fc.assert(
      fc.property(starts, steps, settings, fc.boolean(), (start, gradients, own, ours) => {
        useKernels(ours && wanted);
        tf.tidy(() => {
          expectWeights(walk(ivon(own), start, gradients), walked(own, start, gradients));
        });
      }),
      { numRuns: runs(60) },
    );
  });

  it('takes the learning rate and the temperature of the step from schedules', () => {
    fc.assert(
      fc.property(starts, steps, (start, gradients) =>
        tf.tidy(() => {
          const [rate, temperature] = [(step: number) => 0.1 / (1 + step), (step: number) => 0.5 + step];
          const fixed = { beta1: 0.9, beta2: 0.9, clipRadius: Number.POSITIVE_INFINITY };
          const expected = start.mean.map((mean, at) =>
            gradients.reduce<Weight>(
              (weight, slope, step) =>
                reference({ ...fixed, learningRate: rate(step), temperature: temperature(step) })(
                  weight,
                  { mean: slope.mean[at]!, logStd: slope.logStd[at]! },
                  step + 1,
                ),
              { mean, logStd: start.logStd[at]!, momentum: 0 },
            ),
          );
          const optimizer = ivon({ learningRate: rate, temperature, beta2: 0.9 });
          expectWeights(walk(optimizer, start, gradients), expected);
        }),
      ),
      { numRuns: runs(10) },
    );
  });

  it("is the paper's update without momentum, and else up to the momentum of the prior's part", () => {
    const [rows, temperature, priorPrecision] = [50, 0.5, 2];
    const [ess, weightDecay] = [rows / temperature, (priorPrecision * temperature) / rows];
    // Gradients of the mean loss of a row at a weight that is `draw` standard deviations from the mean.
    const row = fc.tuple(
      fc.float({ min: -1, max: 1, noNaN: true }),
      fc.float({ min: -2, max: 2, noNaN: true }),
    );
    const all = fc.array(row, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(all, fc.constantFrom(0, 0.9), (draws, beta1) =>
        tf.tidy(() => {
          const own: Settings = {
            ...{ learningRate: 0.1, beta1, beta2: 0.95, temperature },
            clipRadius: Number.POSITIVE_INFINITY,
          };
          const optimizer = ivon(own);
          const update = official(own, ess, weightDecay);
          const start = { mean: 0.7, hess: 0.3 };
          let theirs = { ...start, momentum: 0 };
          let params = variable([start.mean], [-0.5 * Math.log(ess * (start.hess + weightDecay))]);
          let state = optimizer.init(params);
          // The momentum of the prior's part, which the paper adds undelayed.
          let [delayed, shift] = [0, 0];
          draws.forEach(([gradient, draw], index) => {
            // Both draw at their own spreads, which are equal; the means differ by `shift`.
            const std = 1 / Math.sqrt(ess * (theirs.hess + weightDecay));
            const mean = theirs.mean + shift;
            const slope = variable(
              [rows * gradient + temperature * priorPrecision * mean],
              [rows * gradient * draw * std - temperature + temperature * std * std * priorPrecision],
            );
            delayed = beta1 * delayed + (1 - beta1) * mean;
            const before = theirs;
            theirs = update(theirs, { gradient, noise: draw * std }, index + 1);
            const undelayed = before.mean;
            const lag = delayed / (1 - beta1 ** (index + 1)) - undelayed;
            shift -= (own.learningRate * weightDecay * lag) / (theirs.hess + weightDecay);
            const next = optimizer.update(slope, state, params);
            params = zipWith((x, dx) => tf.add(x, dx))(params, next.updates) as typeof params;
            state = next.state;
            const [ours, logStd] = flat(params) as [number, number];
            expect(Math.abs(logStd + 0.5 * Math.log(ess * (theirs.hess + weightDecay)))).toBeLessThan(1e-5);
            expect(Math.abs(ours - theirs.mean - shift)).toBeLessThan(1e-5);
            if (beta1 === 0) expect(Math.abs(shift)).toBeLessThan(1e-12);
          });
        }),
      ),
      { numRuns: runs(40) },
    );
  });

  it('has a step count and one momentum for each variable as its state, and leaves its arguments alone', () => {
    tf.tidy(() => {
      const start = { mean: [1, 2, 3, 4, 5, 6], logStd: [0, 0, 0, 0, 0, 0] };
      const [params, gradient] = [tensors(start), tensors(start)];
      const optimizer = ivon({ learningRate: 0.1 });
      const state = optimizer.init(params);
      expect(Object.keys(state)).toEqual(['step', 'momentum']);
      const { bias, layers } = state.momentum as typeof params & { readonly bias: tf.Tensor };
      expect([bias.shape, (layers as never as [{ weight: tf.Tensor }])[0].weight.shape]).toEqual([
        [2, 2],
        [2],
      ]);
      const next = optimizer.update(gradient, state, params);
      expect(next.state.step).toBe(1);
      expect(Object.keys(next.updates)).toEqual(Object.keys(params));
      expectNumbers(
        flat(next.state.momentum),
        [1, 2, 3, 4, 5, 6].map((g) => 0.1 * g),
        1e-6,
      );
      expect([...flat(params), ...flat(gradient)]).toEqual([...inOrder(start), ...inOrder(start)]);
      expect(flat(state.momentum)).toEqual([0, 0, 0, 0, 0, 0]);
    });
  });

  it('matches by path if the gradient is in another order', () => {
    tf.tidy(() => {
      const optimizer = ivon({ learningRate: 1, beta1: 0, beta2: 0.5 });
      const params = variable([0, 0], [0, 0]);
      const gradient = { w: { logStd: tf.tensor1d([0, 2]), mean: tf.tensor1d([1, -1]) } };
      const { updates } = optimizer.update(gradient, optimizer.init(params), params);
      expectNumbers(flat(updates.w.mean), [-1, 1 / 2.5]);
      expectNumbers(flat(updates.w.logStd), [0, -0.5 * Math.log(2.5)]);
    });
  });

  it('keeps the digits of small steps', () => {
    tf.tidy(() => {
      const sizes = [1e-3, -1e-3, 0.3, -0.5, 2];
      const optimizer = ivon({ learningRate: 1, beta2: 0.99999 });
      const params = variable([0, 0, 0, 0, 0], [-3, -3, -3, -3, -3]);
      const gradient = variable([0, 0, 0, 0, 0], sizes);
      // TensorFlow.js's own log1p has few digits there.
      if (!wanted) return;
      const { updates } = optimizer.update(gradient, optimizer.init(params), params);
      flat(updates.w.logStd).forEach((update, at) => {
        const u = (1 - 0.99999) * sizes[at]!;
        expect(update / (-0.5 * Math.log1p(u + (u * u) / 2))).toBeCloseTo(1, 5);
      });
    });
  });

  it('has no denormal momentum if gradients vanish', () => {
    tf.tidy(() => {
      const optimizer = ivon({ learningRate: 0.1, beta1: 0.1 });
      const params = variable([1], [0]);
      const state = [0.5, -1e-12, ...Array.from({ length: 38 }, () => 0)].reduce(
        (so, size) => optimizer.update(variable([size], [0]), so, params).state,
        optimizer.init(params),
      );
      expect(flat(state.momentum)).toEqual([0]);
    });
  });

  it('works inside vmap as in a loop, and in tf.grad', () => {
    tf.tidy(() => {
      const optimizer = ivon({ learningRate: 0.5, beta2: 0.5 });
      const step = (mean: tf.Tensor, logStd: tf.Tensor) => {
        const params = { w: { mean, logStd } };
        const gradient = { w: { mean: tf.mul(2, mean), logStd: tf.add(logStd, 1) } };
        const { updates, state } = optimizer.update(gradient, optimizer.init(params), params);
        return [updates.w.mean, updates.w.logStd, state.momentum as never] as const;
      };
      const [means, logStds] = [tf.tensor2d([1, -2, 3, 4], [2, 2]), tf.tensor2d([0, -1, 0.5, 1], [2, 2])];
      const mapped = vmap((mean: tf.Tensor, logStd: tf.Tensor) => step(mean, logStd))(means, logStds);
      const rows = [0, 1].map((at) => step(tf.gather(means, at), tf.gather(logStds, at)));
      for (const part of [0, 1, 2] as const)
        expectNumbers(
          flat(mapped[part]),
          rows.flatMap((row) => flat(row[part])),
          1e-6,
        );
      const slope = tf.grad((x: tf.Tensor) => tf.sum(step(x, tf.tensor1d([0, -1]))[0]))(tf.tensor1d([1, 2]));
      // The update is linear in the mean's gradient, here twice the mean.
      const [update] = step(tf.tensor1d([1, 2]), tf.tensor1d([0, -1]));
      expectNumbers(flat(tf.mul(slope, [1, 2])), flat(update), 1e-5);
    });
  });

  it('leaks no tensors, also in a failed step', () => {
    const start = { mean: [1, 2, 3, 4, 5, 6], logStd: [0, 0, 0, 0, 0, 0] };
    const [params, gradient] = [tensors(start), tensors(start)];
    for (const ours of [true, false]) {
      useKernels(ours && wanted);
      for (const clipRadius of [1, Number.POSITIVE_INFINITY]) {
        const optimizer = ivon({ learningRate: 0.1, clipRadius });
        const state = optimizer.init(params);
        expectNoLeak(() => optimizer.init(params));
        expectNoLeak(() => optimizer.update(gradient, state, params));
        tf.dispose(state.momentum as tf.TensorContainer);
      }
    }
    if (!canReadSync()) return;
    const optimizer = ivon({ learningRate: 0.1, beta2: 0 });
    const state = optimizer.init(params);
    const [before, wide] = [
      tf.memory().numTensors,
      tidied(() => tensors({ ...start, logStd: Array(6).fill(1e4) })),
    ];
    expect(() => optimizer.update(wide, state, params)).toThrow("'layers.0.weight' in step 1");
    tf.dispose(wide as unknown as tf.TensorContainer);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([params, gradient, state.momentum] as unknown as tf.TensorContainer);
  });
});

describeOnBackends('ivon refuses', () => {
  const optimizer = ivon({ learningRate: 0.1, beta2: 0 });

  /** What a step does with these gradients in `mean` and `logStd`. */
  const step = (mean: readonly number[], logStd: readonly number[]) => {
    const params = variable(
      mean.map(() => 0),
      logStd.map(() => 0),
    );
    return optimizer.update(variable(mean, logStd), optimizer.init(params), params);
  };

  it('a step that raises a precision a thousandfold: an error by name, and NaN where that cannot be read', () => {
    const [below, above] = [43.6, 43.8]; // 1 + u + u^2 / 2 is 995 and 1004
    for (const ours of [true, false]) {
      useKernels(ours && wanted);
      tf.tidy(() => {
        expectNumbers(flat(step([1], [below]).updates.w.logStd), [
          -0.5 * Math.log(1 + below + below ** 2 / 2),
        ]);
        const wide = () => step([1, 1, 1, 1, 1], [0, above, 0, 0, 1e30]);
        if (canReadSync()) {
          expect(wide).toThrow(
            "ivon: 'w' in step 1 would multiply a precision by 1.00e+3; ivon refuses a step that raises a precision " +
              'more than 1000 times: start with a higher precision, as with normal({ precision })',
          );
        } else {
          const { updates } = wide();
          const lost = [false, true, false, false, true];
          expect(flat(updates.w.logStd).map(Number.isNaN)).toEqual(lost);
          expect(flat(updates.w.mean).map(Number.isNaN)).toEqual(lost);
        }
        const mapped = vmap((slope: tf.Tensor) => {
          const params = variable([0], [0]);
          const gradient = { w: { mean: tf.ones([1]), logStd: slope } };
          const { updates } = optimizer.update(gradient, optimizer.init(params), params);
          return tf.concat([updates.w.mean, updates.w.logStd]);
        })(tf.tensor2d([[0], [above], [1]]));
        expect(flat(mapped as tf.Tensor).map(Number.isNaN)).toEqual([false, false, true, true, false, false]);
      });
    }
  });

  it('a precision that is not finite, by name, and passes NaN of a mean on to its own element', () => {
    for (const ours of [true, false]) {
      useKernels(ours && wanted);
      tf.tidy(() => {
        for (const bad of [Number.NaN, 1 / 0, -1 / 0]) {
          if (canReadSync())
            expect(() => step([1, 1, 1, 1, 1], [0, 0, 0, 0, bad])).toThrow(
              "ivon: 'w' in step 1 has a precision that is not finite, as the gradient of its logStd",
            );
          else expect(flat(step([1, 1], [0, bad]).updates.w.logStd).map(Number.isNaN)).toEqual([false, true]);
          const { updates } = step([1, bad, 1, 1, bad], [0, 0, 0, 0, 0]);
          expect(flat(updates.w.mean).map(Number.isFinite)).toEqual([true, false, true, true, false]);
          expect(flat(updates.w.logStd).map(Math.abs)).toEqual([0, 0, 0, 0, 0]);
        }
      });
    }
  });

  it('variables that are not normal, by name', () => {
    tf.tidy(() => {
      const normal = { mean: tf.zeros([2]), logStd: tf.zeros([2]) };
      const hint =
        ', got a float32 tensor of shape [2]; give other variables another optimizer with partition';
      for (const [name, params] of [
        ['noise.logStd.value', { w: normal, noise: { logStd: { value: tf.zeros([2]) } } }],
        ['0.mean', [{ mean: tf.zeros([2]), variance: tf.ones([2]) }]],
        ['w.mean', { w: { mean: tf.zeros([2]), logStd: tf.zeros([3]) } }],
        ['w.logStd', { w: { logStd: tf.zeros([2]) } }],
      ] as const) {
        const message = `ivon: '${name}' must be the mean or logStd of a normal posterior${hint}`;
        expect(() => optimizer.init(params)).toThrow(message);
        expect(() => optimizer.update(params, { step: 0, momentum: {} }, params as unknown)).toThrow(message);
      }
    });
  });

  it('bad options, gradients and states, by name', () => {
    const rate = { learningRate: 1 };
    expect(() => ivon({ learningRate: 0 })).toThrow(
      'ivon: learningRate must be a finite number above 0, got 0',
    );
    expect(() => ivon({ ...rate, beta1: 1 })).toThrow('ivon: beta1 must be a number in [0, 1), got 1');
    expect(() => ivon({ ...rate, beta2: -1 })).toThrow('ivon: beta2 must be a number in [0, 1), got -1');
    for (const temperature of [0, -1, Number.NaN])
      expect(() => ivon({ ...rate, temperature })).toThrow(
        'ivon: temperature must be a finite number above 0',
      );
    expect(() => ivon({ ...rate, clipRadius: 0 })).toThrow(
      'ivon: clipRadius must be a finite number above 0',
    );
    tf.tidy(() => {
      const params = variable([0], [0]);
      const state = optimizer.init(params);
      const cold = ivon({ ...rate, temperature: schedule.linear({ from: 0, to: 1, steps: 10 }) });
      expect(() => cold.update(params, cold.init(params), params)).toThrow(
        'ivon: temperature at step 0 must be a finite number above 0, got 0',
      );
      expect(() => optimizer.update({ w: {} } as never, state, params)).toThrow(
        "ivon: gradient at 'w.mean' must be a tensor of shape [1], got undefined",
      );
      expect(() => optimizer.update(params, {} as never, params)).toThrow(
        'ivon: state must be a state returned by init or update',
      );
      expect(() => optimizer.update(params, { step: 0, momentum: {} }, params)).toThrow(
        "ivon: state.momentum at 'w' must be a tensor of shape [1], got undefined",
      );
    });
  });

  it('a temperature that is not that of another optimizer beside it', () => {
    const [warm, cold] = [ivon({ learningRate: 1 }), ivon({ learningRate: 1, temperature: 0.5 })];
    const rest = adam({ learningRate: 1 });
    for (const around of [
      chain(clipByGlobalNorm(1), cold),
      partition({ rest, cold }, () => 'cold'),
      ema({ decay: 0.9 })(cold),
      accumulate(2)(cold),
      ema({ decay: 0.9 })(
        accumulate(2)(
          chain(
            scale(1),
            partition({ cold, rest }, (): 'cold' | 'rest' => 'cold'),
          ),
        ),
      ),
    ])
      expect(around.temperature).toBe(0.5);
    expect('temperature' in chain(scale(1), rest)).toBe(false);
    expect(() => partition({ warm, cold }, () => 'cold')).toThrow(
      'partition: temperature of an optimizer must be 1, as that of another, got 0.5',
    );
    const changing = ivon({ learningRate: 1, temperature: (step) => 1 + step });
    expect(() => accumulate(2)(changing)).toThrow(
      'accumulate: temperature of the optimizer must be a number, as a schedule in it counts updates',
    );
    expect(accumulate(1)(changing).temperature).toBe(changing.temperature);
  });
});

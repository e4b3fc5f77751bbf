import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';
import { kernelsWanted } from '../../src/backend/useKernels.ts';
import { adam, scaleByAdam, schedule } from '../../src/optimizers/index.ts';
import { dispose, leaves, tidied } from '../../src/tree/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNumbers } from '../support/numbers.ts';
import { roundsExactly } from '../support/roundsExactly.ts';
import { leavesNothing } from './reference.ts';
import { flat } from './trees.ts';

const wanted = kernelsWanted();
afterEach(() => useKernels(wanted));

/** What a function gives with our kernels, and without. */
const both = <Y>(f: () => Y): readonly [ours: Y, plain: Y] => {
  useKernels(true);
  const ours = f();
  useKernels(false);
  return [ours, f()];
};

const number = fc.oneof(
  { weight: 5, arbitrary: fc.float({ min: -3, max: 3, noNaN: true }) },
  { weight: 2, arbitrary: fc.float() },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, -0, 1e-20, 1e-38, -1e-40, 1e-45, 3e38, Number.NaN, 1 / 0, -1 / 0),
  },
);
/** Gradients of several steps, all of one size. */
const gradients = fc
  .integer({ min: 0, max: 19 })
  .chain((size) =>
    fc.array(fc.array(number, { minLength: size, maxLength: size }), { minLength: 1, maxLength: 5 }),
  );

/** Numbers of one size, which lose no more than a few of the last bits where sums and products are taken together. */
const ordinary = fc.tuple(fc.float({ min: Math.fround(0.01), max: 3, noNaN: true }), fc.constantFrom(-1, 1));

const ordinaryGradients = fc
  .array(fc.array(ordinary, { minLength: 7, maxLength: 7 }), { minLength: 1, maxLength: 5 })
  .map((steps) => steps.map((step) => step.map(([size, sign]) => size * sign)));

/** The same to the last bit, or where that is not to be had up to rounding. */
const expectSame = (ours: readonly number[], plain: readonly number[]): void => {
  if (roundsExactly()) expect(ours).toEqual(plain);
  else expectNumbers(ours, plain, 1e-5);
};

describeOnBackends('a step of adam', () => {
  it.each([false, true])(
    'moves the parameters as its updates do, to the last bit (donated: %s)',
    (donate) => {
      const rates = fc.constantFrom(1e-3, 0.3, schedule.cosine({ from: 0.1, steps: 4 }));
      fc.assert(
        fc.property(roundsExactly() ? gradients : ordinaryGradients, rates, (steps, learningRate) => {
          const optimizer = adam({ learningRate, beta2: 0.9 });
          const before = tf.memory().numTensors;
          const start = () => [tf.ones([steps[0]!.length])];
          let [own, moved] = [start(), start()];
          let [state, next] = [optimizer.init(own), optimizer.init(moved)];
          for (const gradient of steps) {
            const slope = [tf.tensor1d([...gradient])];
            const { updates, state: after } = optimizer.update(slope, state, own);
            const sum = [tf.add(own[0]!, updates[0]!)];
            const fused = optimizer.update.fused!(slope, next, moved, donate);
            dispose([own, state, updates, moved, next, slope]);
            [own, state, moved, next] = [sum, after, fused.params, fused.state];
            expectSame(flat(moved), flat(own));
            expectSame(flat(next), flat(state));
          }
          dispose([own, state, moved, next]);
          expect(tf.memory().numTensors).toBe(before);
        }),
        { numRuns: runs(100) },
      );
    },
  );

  it('writes over nothing that is not donated, nor over data that others share', () => {
    const optimizer = adam({ learningRate: 0.1 });
    const params = [tf.tensor1d([1, 2, 3, 4, 5])];
    const state = optimizer.init(params);
    const gradient = [tf.tensor1d([1, -1, 2, -2, 3])];
    const numbers = () => flat([params, state, gradient]);
    const before = numbers();
    dispose(optimizer.update.fused!(gradient, state, params, false));
    expect(numbers()).toEqual(before);
    const views = [tf.clone(params[0]!), tf.reshape(leaves(state)[1]!, [5, 1])];
    const viewed = flat(views);
    const { params: moved, state: after } = optimizer.update.fused!(gradient, state, params, true);
    expect(flat(views)).toEqual(viewed);
    expect(flat(moved)).not.toEqual(viewed.slice(0, 5));
    dispose([params, state, gradient, views, moved, after]);
    // Inside vmap, what is donated is a part of the caller's tensor.
    const [stack, stacked] = [tf.ones([2, 3]), optimizer.init([tf.ones([2, 3])])];
    const slopes = tf.ones([2, 3]);
    const eachMoved = vmap((p: tf.Tensor, s: typeof stacked, g: tf.Tensor) => {
      const next = optimizer.update.fused!([g], s, [p], true);
      return next.params[0]!;
    })(stack, stacked, slopes);
    expect(new Set(flat(stack))).toEqual(new Set([1]));
    expect(new Set(flat(stacked))).toEqual(new Set([0]));
    expectNumbers(flat(eachMoved), Array(6).fill(0.9), 1e-5);
    dispose([stack, stacked, slopes, eachMoved]);
  });

  it('needs no further memory for a donated step on wasm with our kernels', (context) => {
    context.skip(tf.getBackend() !== 'wasm' || !wanted, 'only our kernels for wasm write in place');
    const optimizer = adam({ learningRate: 0.1 });
    const params = [tf.ones([1000])];
    const state = optimizer.init(params);
    const gradient = [tf.ones([1000])];
    const { numDataBuffers } = tf.memory();
    const { params: moved, state: after } = optimizer.update.fused!(gradient, state, params, true);
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
    dispose([params, state]);
    expect(new Set(flat(moved)).size).toBe(1);
    dispose([moved, after, gradient]);
  });

  it('is the same to the last bit in one pass and in plain operations', () => {
    const options = fc.record({
      beta1: fc.constantFrom(0, 0.5, 0.9),
      beta2: fc.constantFrom(0, 0.9, 0.999),
      epsilon: fc.constantFrom(0, 1e-8, 0.1),
    });
    fc.assert(
      fc.property(roundsExactly() ? gradients : ordinaryGradients, options, (steps, betas) => {
        const optimizer = scaleByAdam(betas);
        const [ours, plain] = both(() =>
          tidied(() => {
            const params = [tf.zeros([steps[0]!.length])];
            return steps.reduce<{ state: ReturnType<typeof optimizer.init>; all: readonly number[] }>(
              ({ state, all }, gradient) => {
                const next = optimizer.update([tf.tensor1d(gradient)], state, params);
                return { state: next.state, all: [...all, ...flat(next.state), ...flat(next.updates)] };
              },
              { state: optimizer.init(params), all: [] },
            ).all;
          }),
        );
        expectSame(ours, plain);
      }),
      { numRuns: 300 },
    );
  });

  it('passes NaN and infinities on to their own elements only', () => {
    useKernels(true);
    tf.tidy(() => {
      const params = [tf.zeros([9])];
      const optimizer = scaleByAdam();
      const gradient = tf.tensor1d([1, Number.NaN, 2, 3, 1 / 0, 4, 5, 6, Number.NaN]);
      const { updates, state } = optimizer.update([gradient], optimizer.init(params), params);
      const finite = (tensor: tf.Tensor) => flat(tensor).map((x) => Number.isFinite(x));
      const where = [true, false, true, true, false, true, true, true, false];
      expect(finite(updates[0]!)).toEqual(where);
      expect(flat(state.firstMoment).map((x) => Number.isFinite(x))).toEqual(where);
      expect(flat(state.secondMoment).map((x) => Number.isFinite(x))).toEqual(where);
    });
  });

  it('matches by path if the trees are in different orders, both ways', () => {
    const [ours, plain] = both(() =>
      tf.tidy(() => {
        const params = { a: tf.zeros([3]), b: tf.zeros([5, 2]) };
        const optimizer = adam({ learningRate: 0.1 });
        const gradient = { b: tf.fill([5, 2], -2), a: tf.ones([3]) };
        const { updates } = optimizer.update(gradient as typeof params, optimizer.init(params), params);
        expect(updates.a.shape).toEqual([3]);
        return [...flat(updates.a), ...flat(updates.b)];
      }),
    );
    expectSame(ours, plain);
    expect(ours.slice(0, 4).map(Math.sign)).toEqual([-1, -1, -1, 1]);
  });

  it('works inside vmap and tf.grad, both ways', () => {
    const [ours, plain] = both(() =>
      tf.tidy(() => {
        const optimizer = scaleByAdam({ epsilon: 0.1 });
        const params = tf.zeros([3]);
        const direction = (g: tf.Tensor) => optimizer.update(g, optimizer.init(params), params).updates;
        const gradient = tf.tensor2d([1, -2, 3, 0.1, 0.2, 0.3], [2, 3]);
        const mapped = vmap(direction)(gradient) as tf.Tensor;
        const slope = tf.grad((g: tf.Tensor) => tf.sum(direction(g)))(tf.tensor1d([0.1, 0.2, -0.3]));
        return [...flat(mapped), ...flat(slope)];
      }),
    );
    expectSame(ours, plain);
    for (const x of ours.slice(6)) expect(x).toBeGreaterThan(0);
  });

  it('leaks no tensors, both ways', () => {
    both(() => leavesNothing(scaleByAdam()));
  });
});

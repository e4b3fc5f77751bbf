import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { kernelsWanted } from '../../src/backend/useKernels.ts';
import { ivon, schedule } from '../../src/optimizers/index.ts';
import { dispose, leaves, tidied, zipWith } from '../../src/tree/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNumbers } from '../support/numbers.ts';
import { roundsExactly } from '../support/roundsExactly.ts';
import { slopes, starts, tensors } from './ivonReference.ts';
import { flat } from './trees.ts';

/** The same to the last bit, or where that is not to be had up to rounding. */
const expectSame = (moved: readonly number[], own: readonly number[]): void => {
  if (roundsExactly()) expect(moved).toEqual(own);
  else expectNumbers(moved, own, 1e-5);
};

/** Normal numbers of a tensor, always the same for a seed. */
const drawn = (seed: number, size: number, scale: number) =>
  tf.tidy(() => tf.mul(scale, tf.randomNormal([size], 0, 1, 'float32', seed)));

describeOnBackends('a step of ivon', () => {
  it.each([false, true])(
    'moves the parameters as its updates do, to the last bit (donated: %s)',
    (donate) => {
      const options = fc.record({
        learningRate: fc.constantFrom(0.01, 0.3, schedule.cosine({ from: 0.1, steps: 4 })),
        clipRadius: fc.constantFrom(0.5, Number.POSITIVE_INFINITY),
      });
      const steps = fc.array(slopes, { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(options, starts, steps, (given, start, gradients) => {
          const optimizer = ivon({ ...given, beta2: 0.9 });
          const before = tf.memory().numTensors;
          let [own, moved] = [tensors(start), tensors(start)];
          let [state, next] = [optimizer.init(own), optimizer.init(moved)];
          for (const gradient of gradients) {
            const slope = tensors(gradient);
            const { updates, state: after } = optimizer.update(slope, state, own);
            const sum = zipWith((x, dx) => tf.add(x, dx))(own, updates) as typeof own;
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

  it.each([false, true])('does so for hundreds of thousands of numbers (donated: %s)', (donate) => {
    const size = 262_147;
    const optimizer = ivon({ learningRate: 0.1, beta2: 0.9 });
    const params = { mean: drawn(1, size, 1), logStd: drawn(2, size, 0.1) };
    const state = {
      step: 3,
      momentum: drawn(3, size, 1) as unknown as ReturnType<typeof optimizer.init>['momentum'],
    };
    const gradient = { mean: drawn(4, size, 1), logStd: drawn(5, size, 0.5) };
    const { updates, state: after } = optimizer.update(gradient, state, params);
    const expected = tidied(() => [tf.add(params.mean, updates.mean), tf.add(params.logStd, updates.logStd)]);
    const fused = optimizer.update.fused!(gradient, state, params, donate);
    // Not as lists: the difference of two of this length takes minutes to print.
    const [moved, own] = [flat([fused.params, fused.state]), flat([expected, after])];
    const close = (x: number, y: number) => (roundsExactly() ? Object.is(x, y) : Math.abs(x - y) <= 1e-5);
    expect(moved).toHaveLength(own.length);
    expect(moved.findIndex((x, index) => !close(x, own[index]!))).toBe(-1);
    dispose([params, state, gradient, updates, after, expected, fused.params, fused.state]);
  });

  it('writes over nothing that is not donated, nor over data that others share', () => {
    const optimizer = ivon({ learningRate: 0.1 });
    const params = { mean: tf.tensor1d([1, 2, 3, 4, 5]), logStd: tf.fill([5], -1) };
    const state = optimizer.init(params);
    const gradient = { mean: tf.tensor1d([1, -1, 2, -2, 3]), logStd: tf.tensor1d([1, -1, 2, -2, 3]) };
    const numbers = () => flat([params, state, gradient]);
    const before = numbers();
    dispose(optimizer.update.fused!(gradient, state, params, false));
    expect(numbers()).toEqual(before);
    const views = [tf.clone(params.mean), tf.reshape(params.logStd, [5, 1]), tf.clone(leaves(state)[0]!)];
    const viewed = flat(views);
    const { params: moved, state: after } = optimizer.update.fused!(gradient, state, params, true);
    expect(flat(views)).toEqual(viewed);
    expect(flat([moved, after])).not.toEqual(viewed);
    dispose([params, state, gradient, views, moved, after]);
    // Inside vmap, what is donated is a part of the caller's tensor.
    const stack = { mean: tf.ones([2, 3]), logStd: tf.fill([2, 3], -1) };
    const stacked = optimizer.init(stack);
    const slope = { mean: tf.ones([2, 3]), logStd: tf.ones([2, 3]) };
    const each = vmap(
      (p: typeof stack, s: typeof stacked, g: typeof slope) =>
        optimizer.update.fused!(g, s, p, true).params.mean,
    )(stack, stacked, slope);
    expect(new Set(flat(stack))).toEqual(new Set([1, -1]));
    expect(new Set(flat(stacked))).toEqual(new Set([0]));
    expect(new Set(flat(each))).not.toContain(1);
    dispose([stack, stacked, slope, each]);
  });

  it('needs no further memory for a donated step on wasm with our kernels', (context) => {
    context.skip(tf.getBackend() !== 'wasm' || !kernelsWanted(), 'only our kernels for wasm write in place');
    const optimizer = ivon({ learningRate: 0.1 });
    const params = { mean: tf.ones([1000]), logStd: tf.fill([1000], -1) };
    const state = optimizer.init(params);
    const gradient = { mean: tf.ones([1000]), logStd: tf.ones([1000]) };
    const { numDataBuffers } = tf.memory();
    const { params: moved, state: after } = optimizer.update.fused!(gradient, state, params, true);
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
    dispose([params, state]);
    expect(new Set(flat(moved.mean)).size).toBe(1);
    dispose([moved, after, gradient]);
  });

  it('refuses a lost precision with the error of an update, and leaves nothing', (context) => {
    context.skip(tf.getBackend() === 'webgpu', 'parameters become NaN on a GPU');
    const optimizer = ivon({ learningRate: 0.1 });
    const gradient = { mean: tf.ones([5]), logStd: tf.fill([5], 1e9) };
    const failure = (donate: boolean | undefined): unknown => {
      const params = { mean: tf.ones([5]), logStd: tf.fill([5], -1) };
      const state = optimizer.init(params);
      const before = tf.memory().numTensors;
      try {
        if (donate === undefined) optimizer.update(gradient, state, params);
        else optimizer.update.fused!(gradient, state, params, donate);
      } catch (error) {
        expect(tf.memory().numTensors).toBe(before);
        dispose([params, state]);
        return error;
      }
      throw new Error('nothing was refused');
    };
    const expected = String(failure(undefined));
    expect(expected).toMatch(/^Error: ivon: 'the root' in step 1 would multiply|^Error: ivon: .* in step 1/);
    expect([String(failure(false)), String(failure(true))]).toEqual([expected, expected]);
    gradient.mean.dispose();
    gradient.logStd.dispose();
  });
});

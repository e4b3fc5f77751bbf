import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  accumulate,
  adam,
  chain,
  clipByGlobalNorm,
  partition,
  scale,
  sgd,
  trace,
} from '../../src/optimizers/index.ts';
import type { Path } from '../../src/tree/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { leavesNothing } from './reference.ts';
import { flat, tensors, trees } from './trees.ts';

const byFirst = ([name]: Path): 'a' | 'deep' => (name === 'a' ? 'a' : 'deep');

describeOnBackends('partition', () => {
  it('equals each optimizer alone on its part, step by step', () => {
    fc.assert(
      fc.property(trees, fc.array(trees, { minLength: 1, maxLength: 4 }), (start, steps) =>
        tf.tidy(() => {
          const params = tensors(start);
          const [first, second] = [adam({ learningRate: 0.1 }), trace({ decay: 0.5 })];
          const both = partition({ a: first, deep: second }, byFirst);
          let whole = both.init(params);
          let [a, deep] = [first.init({ a: params.a }), second.init({ deep: params.deep })];
          for (const gradient of steps.map(tensors)) {
            const next = both.update(gradient, whole, params);
            const one = first.update({ a: gradient.a }, a, { a: params.a });
            const two = second.update({ deep: gradient.deep }, deep, { deep: params.deep });
            expect(Object.keys(next.updates)).toEqual(['a', 'deep']);
            expect(flat(next.updates)).toEqual(flat([one.updates, two.updates]));
            expect(flat(next.state)).toEqual(flat([one.state, two.state]));
            [whole, a, deep] = [next.state, one.state, two.state];
          }
        }),
      ),
      { numRuns: runs(20) },
    );
  });

  it('is the optimizer itself, to the last bit, where all parameters have one name', () => {
    fc.assert(
      fc.property(trees, trees, (start, numbers) =>
        tf.tidy(() => {
          const [params, gradient] = [tensors(start), tensors(numbers)];
          const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 0.1 }));
          const parts = partition({ all: optimizer, none: optimizer }, () => 'all');
          const [one, other] = [
            optimizer.update(gradient, optimizer.init(params), params),
            parts.update(gradient, parts.init(params), params),
          ];
          expect(flat(other.updates)).toEqual(flat(one.updates));
          expect(flat(other.state.all)).toEqual(flat(one.state));
          expect(flat(other.state.none)).toEqual([]);
          expect(other.state.none[1][0].step).toBe(1);
        }),
      ),
      { numRuns: runs(10) },
    );
  });

  it('clips by the norm of the part alone', () => {
    tf.tidy(() => {
      const params = { a: tf.zeros([2]), deep: tf.zeros([1]) };
      const gradient = { a: tf.tensor1d([3, 4]), deep: tf.tensor1d([100]) };
      const optimizer = partition({ a: clipByGlobalNorm(1), deep: scale(0) }, byFirst);
      const updates = flat(optimizer.update(gradient, optimizer.init(params), params).updates);
      [0.6, 0.8, 0].forEach((expected, at) => {
        expect(updates[at]).toBeCloseTo(expected, 6);
      });
    });
  });

  it('passes full paths, lists included, also to a partition within', () => {
    tf.tidy(() => {
      const params = { list: [tf.ones([1]), { w: tf.ones([1]) }, tf.ones([1])], b: tf.ones([1]) };
      const inner = partition({ w: scale(3), rest: scale(2) }, (path) => (path.includes('w') ? 'w' : 'rest'));
      const outer = partition({ list: inner, b: scale(5) }, ([name]) => name as 'list' | 'b');
      const { updates, state } = outer.update(params, outer.init(params), params);
      expect(flat(updates)).toEqual([2, 3, 2, 5]);
      expect(Array.isArray(updates.list)).toBe(true);
      expect(state).toEqual({ list: { w: {}, rest: {} }, b: {} });
    });
  });

  it('takes parameters that are one tensor', () => {
    tf.tidy(() => {
      const one = partition({ a: scale(2), b: scale(3) }, (path) => (path.length === 0 ? 'b' : 'a'));
      const x = tf.scalar(1);
      expect(flat(one.update(x, one.init(x), x).updates)).toEqual([3]);
    });
  });

  it('leaks no tensors, and disposes none that a part passed on', () => {
    const identity = { init: () => ({}), update: <P>(updates: P, state: object) => ({ updates, state }) };
    const byName = ([name]: Path): 'w' | 'deep' => (name === 'w' ? 'w' : 'deep');
    leavesNothing(partition({ w: adam({ learningRate: 1 }), deep: sgd({ learningRate: 1 }) }, byName));
    leavesNothing(accumulate(2)(partition({ w: identity, deep: scale(0) }, byName)));
    leavesNothing(
      chain(scale(1), partition({ w: chain(identity, scale(2)), deep: identity }, byName), scale(-1)),
    );
    const params = { w: tf.ones([2]), deep: tf.ones([1]) };
    const failing = partition({ w: adam({ learningRate: 1 }), deep: scale(() => Number.NaN) }, byName);
    const state = failing.init(params);
    const before = tf.memory().numTensors;
    expect(() => failing.update(params, state, params)).toThrow('scale: factor at step 0 must be');
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([params, state] as unknown as tf.TensorContainer);
  });

  it('refuses what are not optimizers, unknown names and other states, by name', () => {
    for (const optimizers of [undefined, null, [], {}, [scale(1)]])
      expect(() => partition(optimizers as never, () => 'a' as never)).toThrow(
        'partition: optimizers must be a record of at least one optimizer, got ',
      );
    expect(() => partition({ a: scale(1), b: 3 as never }, () => 'a')).toThrow(
      "partition: optimizer 'b' must be one such as adam({ learningRate: 1e-3 }), got 3",
    );
    expect(() => partition({ a: scale(1) }, 'a' as never)).toThrow(
      "partition: name must be a function from a path to a name, got 'a'",
    );
    tf.tidy(() => {
      const params = { layer: { w: tf.zeros([2]) } };
      for (const wrong of ['heads', 'toString', undefined, 3]) {
        const bad = partition({ body: scale(1), head: scale(1) }, () => wrong as 'body');
        const message = "partition: name of 'layer.w' must be one of body, head, got ";
        expect(() => bad.init(params)).toThrow(message);
        expect(() => bad.update(params, { body: {}, head: {} }, params)).toThrow(message);
      }
      const good = partition({ body: scale(1), head: scale(1) }, () => 'body');
      expect(() => good.update(params, {} as never, params)).toThrow(
        'partition: state must be a record with body, head, got an empty object',
      );
      expect(() => good.update({} as never, good.init(params), params)).toThrow(
        "partition: gradient at 'layer.w' must be a tensor of shape [2], got undefined",
      );
    });
  });
});

import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';
import { rows } from './support/fixtures.ts';

describeOnBackends('vmap', () => {
  it('maps trees of arguments and outputs, each leaf along its own axis', () => {
    const f = ({ w, b }: { w: tf.Tensor; b: tf.Tensor }, [x]: readonly [tf.Tensor]) => ({
      y: tf.add(tf.mul(w, x), b),
      pair: [x, w] as const,
    });
    const w = tf.randomNormal([2, 4], 0, 1, 'float32', 1);
    const b = tf.scalar(3);
    const x = tf.randomNormal([2, 4], 0, 1, 'float32', 2);
    const { y, pair } = vmap(f, {
      inAxes: [{ w: -1, b: null }, 1],
      outAxes: { y: 0, pair: [-1, 1] },
    })({ w, b }, [x]);
    expectClose(y, tf.transpose(tf.add(tf.mul(w, x), b)));
    expectClose(pair[0], x);
    expectClose(pair[1], w);
  });

  it('nests, and inner results may depend on either, both or none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), (n, m) => {
        tf.tidy(() => {
          const a = tf.randomNormal([n, 2], 0, 1, 'float32', n);
          const b = tf.randomNormal([m, 2], 0, 1, 'float32', m + 5);
          const all = vmap((x: tf.Tensor) =>
            vmap((y: tf.Tensor) => ({ both: tf.sub(x, y), x, y, none: tf.zeros([1]) }))(b),
          )(a);
          const [left, right] = [tf.reshape(a, [n, 1, 2]), tf.reshape(b, [1, m, 2])];
          const ones = tf.ones([n, m, 1]);
          expectClose(all.both, tf.sub(left, right));
          expectClose(all.x, tf.mul(left, ones));
          expectClose(all.y, tf.mul(right, ones));
          expectClose(all.none, tf.zeros([n, m, 1]));
        });
      }),
      { numRuns: 9 },
    );
  });

  it('allows an inner vmap over a tensor that the outer one already maps', () => {
    const x = tf.randomNormal([2, 3, 4], 0, 1, 'float32', 1);
    const norms = vmap((matrix: tf.Tensor) => vmap((row: tf.Tensor) => tf.sum(tf.square(row)))(matrix));
    expectClose(norms(x), tf.sum(tf.square(x), -1));
    const columns = vmap((matrix: tf.Tensor) =>
      vmap((column: tf.Tensor) => tf.cumsum(column), { inAxes: 1, outAxes: 1 })(matrix),
    );
    expectClose(columns(x), tf.cumsum(x, 1));
  });

  it('repeats outputs that do not depend on the batch, or returns them once for outAxes null', () => {
    const shared = tf.tensor1d([1, 2]);
    const f = (x: tf.Tensor): readonly tf.Tensor[] => [x, tf.mul(2, shared)];
    expect(vmap(f)(rows())[1]!.arraySync()).toEqual([
      [2, 4],
      [2, 4],
      [2, 4],
    ]);
    expect(vmap(f, { outAxes: [0, null] })(rows())[1]!.arraySync()).toEqual([2, 4]);
  });

  it('takes the number of samples from axisSize if nothing is mapped', () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.mul(x, 2);
    expect(vmap(f, { inAxes: null, axisSize: 2 })(tf.tensor1d([1, 2])).arraySync()).toEqual([
      [2, 4],
      [2, 4],
    ]);
  });

  it('passes other values through', () => {
    const f = (x: tf.Tensor, options: { power: number; name?: string }) => ({
      y: tf.pow(x, options.power),
      name: options.name,
      count: x.size,
    });
    const { y, name, count } = vmap(f)(rows(), { power: 2, name: 'square' });
    expectClose(y, tf.square(rows()));
    expect([name, count]).toEqual(['square', 2]);
  });
});

import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { tree } from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectSame } from '../transforms/support/compare.ts';

const trees = () =>
  [0, 1, 2].map((n) => ({
    name: 'layer',
    layers: [{ weight: tf.fill([2, 3], n), labels: tf.tensor1d([n, n + 1], 'int32') }],
    scalar: tf.scalar(n),
  }));

describeOnBackends('tree.stack and tree.unstack', () => {
  it('stack tensors along a new axis, and take them apart again', () => {
    const each = trees();
    const stacked = tree.stack(each);
    expect(stacked.layers[0]!.weight.shape).toEqual([3, 2, 3]);
    expect(stacked.scalar.shape).toEqual([3]);
    expect(stacked.name).toBe('layer');
    expect(Object.isFrozen(stacked)).toBe(true);
    const apart = tree.unstack(stacked);
    expect(apart.length).toBe(3);
    apart.forEach((one, n) => {
      expectSame(one, each[n]);
    });
    expect(
      tree.stack(
        each.map(({ layers }) => layers[0]!),
        1,
      ).weight.shape,
    ).toEqual([2, 3, 3]);
    expectNoLeak(() => tree.stack(each));
    expectNoLeak(() => tree.unstack(stacked));
  });

  it('refuse trees that differ, and name the place', () => {
    const [first] = trees();
    const weight = first!.layers[0]!.weight;
    expect(() => tree.stack([])).toThrow('tree.stack: trees must be a list of at least one tree, got []');
    expect(() => tree.stack({ a: weight } as never)).toThrow('tree.stack: trees must be a list');
    expect(() => tree.stack([{ a: weight }, { a: tf.ones([2]) }])).toThrow(
      "tree.stack: tree 1, 'a' must be a float32 tensor of shape [2, 3], as in tree 0, got a float32 tensor of shape [2]",
    );
    expect(() => tree.stack([{ a: weight }, {} as never])).toThrow("tree.stack: tree 1, 'a' must be");
    expect(() => tree.stack([{ a: weight }, { a: tf.cast(weight, 'int32') }])).toThrow('got an int32 tensor');
    expect(() => tree.stack([{ a: weight }, { a: weight, b: weight }])).toThrow(
      "tree.stack: tree 1, 'b' must be left out, as in tree 0",
    );
    expect(() => tree.unstack({ a: weight, b: tf.ones([3]) })).toThrow(
      "tree.unstack: tree, 'b' must be a tensor whose first axis has the length 2, got a float32 tensor of shape [3]",
    );
    expect(() => tree.unstack({ a: tf.scalar(1) })).toThrow(
      "tree.unstack: tree, 'a' must be a tensor whose first",
    );
    expect(() => tree.unstack({})).toThrow('tree.unstack: tree must be one with at least one tensor');
  });
});

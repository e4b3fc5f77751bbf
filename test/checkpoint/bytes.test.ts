import * as tf from '@tensorflow/tfjs-core';
import { bayesian, checkpoint, linear, random, tree } from 'tfjs-bayesian';
import { expect, test } from 'vitest';
import { describeOnBackends } from '../support/backends.ts';
import { bitsOf } from './support/bits.ts';
import { left, right } from './support/files.ts';
import { model, optimizer, trained } from './support/models.ts';

describeOnBackends('bytes', () => {
  test('restore parameters bit for bit', async () => {
    const params = model.init(random.key(7));
    const loaded = right(await checkpoint.load(model)(right(await checkpoint.toBytes(model)(params)()))());
    expect(bitsOf(loaded)).toEqual(bitsOf(params));
  });

  test('restore a whole state bit for bit', async () => {
    const state = trained();
    const bytes = right(await checkpoint.toBytes(model)(state)());
    const loaded = right(await checkpoint.load(model, { optimizer })(bytes)());
    expect(bitsOf({ ...loaded, key: 0 })).toEqual(bitsOf({ ...state, key: 0 }));
    expect([String(loaded.key), loaded.step]).toEqual([String(state.key), 2]);
  });

  test('keep only the result', async () => {
    const state = trained();
    const before = tf.memory().numTensors;
    const bytes = right(await checkpoint.toBytes(model)(state)());
    expect(tf.memory().numTensors).toBe(before);
    const loaded = right(await checkpoint.load(model, { optimizer })(bytes)());
    expect(tf.memory().numTensors - before).toBe(tree.leaves(loaded).length);
    tree.dispose(loaded);
    left(await checkpoint.load(bayesian()(linear(3, 4)))(bytes)());
    left(await checkpoint.load(model, { optimizer })(bytes.subarray(0, 100))());
    expect(tf.memory().numTensors).toBe(before);
  });
});

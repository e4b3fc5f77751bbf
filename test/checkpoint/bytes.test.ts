import * as tf from '@tensorflow/tfjs-core';
import { bayesian, checkpoint, linear, random, tree } from 'tfjs-bayesian';
import { expect, test } from 'vitest';
import { describeOnBackends } from '../support/backends.ts';
import { readBits } from './support/bits.ts';
import { left, right } from './support/files.ts';
import { model, optimizer, trained } from './support/models.ts';

describeOnBackends('bytes', () => {
  test('restore parameters bit for bit', async () => {
    const params = model.init(random.key(7));
    const loaded = right(await checkpoint.load(model)(right(await checkpoint.toBytes(model)(params)()))());
    expect(readBits(loaded)).toEqual(readBits(params));
  });

  test('restore a whole state bit for bit', async () => {
    const state = trained();
    const bytes = right(await checkpoint.toBytes(model)(state)());
    const loaded = right(await checkpoint.load(model, { optimizer })(bytes)());
    expect(readBits({ ...loaded, key: 0 })).toEqual(readBits({ ...state, key: 0 }));
    expect([String(loaded.key), loaded.step]).toEqual([String(state.key), 2]);
  });

  test('keep the given metadata beside those of the library', async () => {
    const params = model.init(random.key(7));
    const metadata = { scaling: '{"mean":[1.5]}', note: '' };
    const bytes = right(await checkpoint.toBytes(model, { metadata })(params)());
    const kept = right(await checkpoint.inspect(bytes)()).metadata;
    expect(Object.fromEntries(kept)).toMatchObject({ ...metadata, format: 'tfjs-bayesian/1' });
    expect(readBits(right(await checkpoint.load(model)(bytes)()))).toEqual(readBits(params));
    for (const bad of [{ model: 'x' }, { a: 1 }, 'text', ['a'], null])
      expect(() => checkpoint.toBytes(model, { metadata: bad as never })).toThrow(
        /^checkpoint.toBytes: metadata(\.a)? must be (without the names|a string|a record of strings)/,
      );
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

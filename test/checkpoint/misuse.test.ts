import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { bayesian, checkpoint, layer, random, tree } from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { right } from './support/files.ts';
import { model, net } from './support/models.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('misuse', () => {
  const params = () => model.init(random.key(0));

  test('throws at once and names the argument', () => {
    const notModel = net as never;
    expect(() => checkpoint.save(notModel)).toThrow(
      /checkpoint.save: model must be what bayesian\(\) returns/,
    );
    expect(() => checkpoint.load(notModel)).toThrow(/checkpoint.load: model/);
    expect(() => checkpoint.toBytes(notModel)).toThrow(/checkpoint.toBytes: model/);
    expect(() => checkpoint.save(model, { dtype: 'F64' as never })).toThrow(
      /dtype must be 'F32', 'F16' or 'BF16'/,
    );
    expect(() => checkpoint.save(model)(7 as never)).toThrow(/checkpoint.save: target/);
    expect(() => checkpoint.save(model)('')).toThrow(/checkpoint.save: target/);
    expect(() => checkpoint.save(model)(new URL('http://x/y'))).toThrow(/checkpoint.save: target/);
    expect(() => checkpoint.load(model)(7 as never)).toThrow(/source must be a path, a URL, a File or bytes/);
    expect(() => checkpoint.load(model, {} as never)).toThrow(/checkpoint.load: optimizer/);
    expect(() => checkpoint.toBytes(model)({} as never)).toThrow(
      /'params.0.weight.mean' must be a tensor of shape \[3, 4\]/,
    );
    const more = { ...(params() as object), extra: tf.scalar(1) } as never;
    expect(() => checkpoint.toBytes(model)(more)).toThrow(/'params.extra' must be a tensor of the model/);
    expect(() => checkpoint.toTorchBlue(model)(more)).toThrow(/'params.extra' must be a tensor of the model/);
    expect(() => checkpoint.fromTorchBlue(model)(7 as never)).toThrow(
      /checkpoint.fromTorchBlue: source must be a path, a URL, a File or bytes/,
    );
    const state = { params: params(), optimizer: { odd: new Map() }, step: 0, key: random.key(0) };
    expect(() => checkpoint.toBytes(model)(state)).toThrow(/'optimizer.odd' must be a tensor, a number/);
    const gone = params();
    tree.dispose(gone);
    for (const write of [
      checkpoint.toBytes(model),
      checkpoint.save(model)('x'),
      checkpoint.toTorchBlue(model),
    ]) {
      expect(() => write(gone)).toThrow(/checkpoint: 'params.* must be a tensor that is not disposed/);
    }
    const sent = { ...state, optimizer: [], key: structuredClone(random.key(0)) };
    expect(() => checkpoint.toBytes(model)(sent)).toThrow(
      /checkpoint: 'key' must be a random key, got .*; a key sent through postMessage/,
    );
  });
});

test('a tensor of integers or booleans in an optimizer is kept', async () => {
  const counting = {
    init: () => ({
      count: tf.tensor1d([1, -2, 2 ** 31 - 1], 'int32'),
      on: tf.tensor1d([1, 0], 'bool'),
      name: 'x',
      odd: -0,
      no: null,
    }),
  };
  const tiny = bayesian()(
    layer(
      { w: [1] },
      ({ w }) =>
        (x: tf.Tensor) =>
          tf.mul(x, w),
    ),
  );
  const state = { params: tiny.init(random.key(0)), optimizer: counting.init(), step: 0, key: random.key(0) };
  const bytes = right(await checkpoint.toBytes(tiny)(state)());
  const loaded = right(await checkpoint.load(tiny, { optimizer: counting })(bytes)());
  expect(loaded.optimizer.count.dtype).toBe('int32');
  expect([...loaded.optimizer.count.dataSync()]).toEqual([1, -2, 2 ** 31 - 1]);
  expect([loaded.optimizer.on.dtype, ...loaded.optimizer.on.dataSync()]).toEqual(['bool', 1, 0]);
  expect([loaded.optimizer.name, Object.is(loaded.optimizer.odd, -0), loaded.optimizer.no]).toEqual([
    'x',
    true,
    null,
  ]);
});

import '../support/backends.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadImages } from '../../examples/lenet/data.ts';
import { help, parseOptions } from '../../examples/lenet/options.ts';

describe('parseOptions', () => {
  test('has the defaults that the help lists', () => {
    const options = E.getOrElseW((message: string) => message)(parseOptions([]));
    expect(options).toMatchObject({
      dataset: 'mnist',
      optimizer: 'adam',
      data: undefined,
      limit: 60_000,
      against: undefined,
      seed: 0,
      backend: 'wasm',
      help: false,
    });
    for (const [name, value] of Object.entries({
      epochs: 'epochs',
      samples: 'samples',
      batchSize: 'batch-size',
    })) {
      const found = new RegExp(`--${value} N .*default (\\d+)`).exec(help)?.[1];
      expect(options).toHaveProperty(name, Number(found));
    }
  });

  test('takes every option', () => {
    const line =
      '--dataset fashion --optimizer ivon --data there --epochs 3 --samples 4 --batch-size 32 --limit 100 --against mnist --seed 7 --backend auto';
    expect(parseOptions(line.split(' '))).toEqual(
      E.right({
        ...{
          dataset: 'fashion',
          optimizer: 'ivon',
          data: 'there',
          epochs: 3,
          samples: 4,
          batchSize: 32,
          limit: 100,
          against: 'mnist',
          seed: 7,
          backend: 'auto',
        },
        help: false,
      }),
    );
  });

  test.each([
    ['--dataset cifar', "--dataset must be mnist or fashion, got 'cifar'"],
    ['--against cifar', "--against must be mnist or fashion, got 'cifar'"],
    ['--optimizer sgd', "--optimizer must be adam or ivon, got 'sgd'"],
    ['--epochs 0', "--epochs must be an integer from 1 to 10000, got '0'"],
    ['--batch-size 1.5', "--batch-size must be an integer from 1 to 60000, got '1.5'"],
  ])('refuses %s in one line', (line, message) => {
    expect(parseOptions(line.split(' '))).toEqual(E.left(message));
  });
});

describe('loadImages', () => {
  const folder = mkdtempSync(join(tmpdir(), 'images-'));
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('reads idx files, packed or not, up to a limit', () => {
    const images = Buffer.concat([
      Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]),
      Buffer.alloc(2 * 784, 255),
    ]);
    const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 7, 3]);
    writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), gzipSync(images));
    writeFileSync(join(folder, 'train-labels-idx1-ubyte'), labels);
    tf.tidy(() => {
      const both = loadImages('fashion', folder, 'train', 10);
      expect([both.images.shape, [...both.labels.dataSync()]]).toEqual([
        [2, 28, 28, 1],
        [7, 3],
      ]);
      expect(new Set(both.images.dataSync())).toEqual(new Set([1]));
      expect(loadImages('fashion', folder, 'train', 1).images.shape).toEqual([1, 28, 28, 1]);
    });
  });
});

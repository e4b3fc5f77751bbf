import * as tf from '@tensorflow/tfjs-core';
import '../support/backends.ts';
import * as E from 'fp-ts/lib/Either.js';
import { plot } from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadDigits } from '../../examples/mnist/data.ts';
import { mostUncertain } from '../../examples/mnist/mostUncertain.ts';
import { help, parseOptions } from '../../examples/mnist/options.ts';
import { evaluate, table } from '../../examples/mnist/report.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('parseOptions', () => {
  test('has the defaults that the help lists', () => {
    const options = E.getOrElseW((message: string) => message)(parseOptions([]));
    expect(options).toMatchObject({ limit: 60_000, seed: 0, backend: 'wasm', paper: false, help: false });
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
    const line = '--epochs 3 --samples 4 --batch-size 32 --limit 100 --seed 7 --backend cpu --out x.svg';
    expect(parseOptions(line.split(' '))).toEqual(
      E.right({
        epochs: 3,
        samples: 4,
        batchSize: 32,
        limit: 100,
        seed: 7,
        backend: 'cpu',
        out: 'x.svg',
        paper: false,
        help: false,
      }),
    );
    expect(parseOptions(['-h'])).toMatchObject(E.right({ help: true }));
    expect(parseOptions(['--paper'])).toMatchObject(
      E.right({ paper: true, epochs: 5, samples: 10, batchSize: 64 }),
    );
    expect(parseOptions(['--paper', '--epochs', '1'])).toMatchObject(
      E.right({ paper: true, epochs: 1, samples: 10 }),
    );
  });

  test.each([
    ['--epochs 0', "--epochs must be an integer from 1 to 10000, got '0'"],
    ['--samples two', "--samples must be an integer from 1 to 1000, got 'two'"],
    ['--batch-size 1.5', "--batch-size must be an integer from 1 to 60000, got '1.5'"],
    ['--limit 60001', "--limit must be an integer from 60 to 60000, got '60001'"],
    ['--seed=-1', "--seed must be an integer from 0 to 9007199254740991, got '-1'"],
    ['--seed=', "--seed must be an integer from 0 to 9007199254740991, got ''"],
    ['--backend gpu', "--backend must be webgpu, wasm, cpu or auto, got 'gpu'"],
    ['--out nowhere/x.svg', "--out must be a file in a folder that can be written to, got 'nowhere/x.svg'"],
    ['--out src', "--out must be a file in a folder that can be written to, got 'src'"],
    ['--out=', "--out must be a file in a folder that can be written to, got ''"],
  ])('refuses %s in one line', (line, message) => {
    expect(parseOptions(line.split(' '))).toEqual(E.left(message));
  });

  test('rejects unknown options in one line', () => {
    for (const argv of [['--epoch', '3'], ['train'], ['--epochs']]) {
      const parsed = parseOptions(argv);
      expect(E.isLeft(parsed) && parsed.left).toMatch(/^[^\n]+$/);
      expect(E.isLeft(parsed) && parsed.left).toContain(argv[0]);
    }
  });
});

test('loadDigits reads pixels between 0 and 1 and the labels that belong to them', () => {
  const { images, labels } = loadDigits('t10k', 5);
  expect(images.shape).toEqual([5, 784]);
  expect([...labels.dataSync()]).toEqual([7, 2, 1, 0, 4]);
  expect([tf.min(images).dataSync()[0], tf.max(images).dataSync()[0]]).toEqual([0, 1]);
});

test('evaluate and table report the metrics of predictions', async () => {
  const mean = tf.tensor2d([
    [0.9, 0.1],
    [0.4, 0.6],
  ]);
  const total = tf.tensor1d([0.1, 0.7]);
  const report = await evaluate(
    { mean, uncertainty: { total, aleatoric: total, epistemic: total } },
    tf.tensor1d([0, 0], 'int32'),
  );
  expect(report.accuracy).toBeCloseTo(0.5, 6);
  expect(report.nll).toBeCloseTo(-(Math.log(0.9) + Math.log(0.4)) / 2, 6);
  expect(report.ece).toBeCloseTo(0.5 * 0.1 + 0.5 * 0.6, 6);
  expect([report.entropyRight, report.entropyWrong].map((x) => x.toFixed(3))).toEqual(['0.100', '0.700']);
  const [head = '', values = ''] = table(3, 61.4, report).split('\n');
  expect(values.trim().split(/ {2,}/)).toEqual(['3', '61', '50.00 %', '0.5108', '0.3500', '0.100', '0.700']);
  expect(values).toHaveLength(head.length);
});

test('mostUncertain shows the most uncertain digits in descending order, and leaks nothing', async () => {
  const images = tf.fill([3, 784], 0.5);
  const mean = tf.oneHot(tf.tensor1d([3, 0, 1], 'int32'), 10);
  const total = tf.tensor1d([0, 0.69, 0.5]);
  const labels = tf.tensor1d([3, 1, 1], 'int32');
  const before = tf.memory().numTensors;
  const figure = await mostUncertain(
    { mean, uncertainty: { total, aleatoric: total, epistemic: total } },
    { images, labels },
    2,
  );
  expect(tf.memory().numTensors).toBe(before);
  const svg = await plot.svg(figure);
  expect(svg.match(/says \d, is \d, entropy [\d.]+/g)).toEqual([
    'says 0, is 1, entropy 0.69',
    'says 1, is 1, entropy 0.50',
  ]);
});

import * as tf from '@tensorflow/tfjs-core';
import { random } from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { PADDING, reversals } from '../../examples/sequence/data.ts';
import { network } from '../../examples/sequence/network.ts';
import { evaluate, table } from '../../examples/sequence/report.ts';
import { run, settings } from '../../examples/sequence/run.ts';
import { ordinary } from '../layers/support/ordinary.ts';
import '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

test('reversals are sequences of digits, and the same ones backwards', async () => {
  const { inputs, targets } = await reversals(random.key(0), 7, [1, 3, 4], 5);
  const [rows, wanted] = [inputs.arraySync() as number[][], targets.arraySync() as number[][]];
  tf.dispose([inputs, targets]);
  rows.forEach((row, i) => {
    const length = [1, 3, 4][i % 3] as number;
    const digits = row.slice(0, length);
    expect(digits.every((token) => token >= 1 && token <= 10)).toBe(true);
    expect(row.slice(length)).toEqual(Array(5 - length).fill(PADDING));
    expect(wanted[i]).toEqual([...digits.reverse(), ...row.slice(length)]);
  });
});

test('the output for a sequence does not depend on the padding behind it', () => {
  tf.tidy(() => {
    const model = ordinary(network(settings.sizes));
    const params = model.init(random.key(1));
    const tokens = (...row: readonly number[]) => tf.tensor2d([[...row]], undefined, 'int32');
    const short = model.apply(params, random.key(0), tokens(4, 1, 7));
    const long = model.apply(params, random.key(0), tokens(4, 1, 7, PADDING, PADDING));
    expectNumbers(values(tf.slice(long, 0, [1, 3, 11])), values(short));
  });
});

describe('the run', () => {
  const small = {
    ...settings,
    ...{ rows: 1200, longest: 3, epochs: 4, testRows: 30, testSamples: 10 },
    sizes: { ...settings.sizes, width: 6 },
  };

  test('learns the training lengths, is uncertain about longer ones, and is deterministic', async () => {
    const tensors = tf.memory().numTensors;
    const rows = await run(small, false);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(rows.map(({ length, trained }) => [length, trained])).toEqual([
      ...[1, 2, 3].map((length) => [length, true]),
      ...[4, 5, 6].map((length) => [length, false]),
    ]);
    for (const { accuracy } of rows.slice(0, 3)) expect(accuracy).toBeGreaterThan(0.95);
    const seen = Math.max(...rows.slice(0, 3).map(({ epistemic }) => epistemic));
    for (const { epistemic } of rows.slice(3)) expect(epistemic).toBeGreaterThan(seen);
    const short = { ...small, rows: 128, epochs: 1 };
    expect(await run(short, false)).toEqual(await run(short, false));
  });
});

test('evaluate and table report the metrics of predictions', async () => {
  const mean = tf.tensor3d([0.9, 0.1, 0.4, 0.6], [1, 2, 2]);
  const total = tf.tensor2d([[0.1, 0.3]]);
  const epistemic = tf.tensor2d([[0, 0.1]]);
  const report = await evaluate(
    { mean, uncertainty: { total, aleatoric: tf.sub(total, epistemic), epistemic } },
    tf.tensor2d([[0, 0]], undefined, 'int32'),
  );
  expect(report.accuracy).toBeCloseTo(0.5, 6);
  expect(report.nll).toBeCloseTo(-(Math.log(0.9) + Math.log(0.4)) / 2, 6);
  expect([report.entropy, report.epistemic].map((x) => x.toFixed(3))).toEqual(['0.200', '0.050']);
  const [head = '', row = ''] = table([{ length: 9, trained: false, ...report }]).split('\n');
  expect(row.trim().split(/ {2,}/)).toEqual(['9', 'no', '50.0 %', '0.511', '0.200', '0.050']);
  expect(row).toHaveLength(head.length);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random, startBackend } from '../../src/index.ts';
import type { JobContext } from '../../src/parallel/index.ts';
import { chooseSettings, regression } from '../../study/regression/jobs.ts';
import { commonRows, problem, splitRows } from '../../study/regression/tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'tables-'));
const pack = (name: string, lines: readonly (readonly number[])[]) =>
  writeFileSync(join(folder, name), gzipSync(`${lines.map((line) => line.join()).join('\n')}\n`));

beforeAll(async () => {
  await startBackend('wasm');
  const rows = Array.from({ length: 40 }, (_, row) => [row, (row * 7) % 11, 3 * row + 1]);
  pack('yacht.csv.gz', rows);
  pack(
    'yacht.test-mask.csv.gz',
    rows.map((_, row) => Array.from({ length: 10 }, (_, split) => Number(row % 10 === split))),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const context = {} as JobContext;
const place = { folder, dataset: 'yacht' } as const;

describe('the tables', () => {
  test('are split by their masks', () => {
    const { train, test } = splitRows(folder, 'yacht', 3);
    expect(test.map(([first]) => first)).toEqual([3, 13, 23, 33]);
    expect(train).toHaveLength(36);
    const common = commonRows(folder, 'yacht', [3, 4]);
    expect(common).toHaveLength(32);
    expect(common.filter(([first]) => first! % 10 === 3 || first! % 10 === 4)).toEqual([]);
  });

  test('are standardized by the training rows alone', () => {
    const { train, test, target } = problem(
      [
        [0, 10],
        [2, 30],
      ],
      [[4, 50]],
    );
    expect(Array.from(train.inputs.dataSync())).toEqual([-1, 1]);
    expect(Array.from(test.inputs.dataSync())).toEqual([3]);
    expect(Array.from(test.targets.dataSync())).toEqual([3]);
    expect(target).toMatchObject({ mean: [20], std: [10] });
  });
});

describe('a row of the regression', () => {
  const settings = { temperature: 0.3, noise: { head: 'learned', factor: 1.25 }, stop: 0.5 } as const;
  const length = { steps: 200, draws: 4, leapfrogSteps: 2 };

  test('is the same from the same key, is made of all test rows, and leaves no tensors', async () => {
    const before = tf.memory().numTensors;
    const run = () =>
      regression.run({ ...place, split: 3, method: 'plain', settings, length }, random.key(5), context);
    const [one, other] = [await run(), await run()];
    expect(other.values).toEqual(one.values);
    expect(one.values.pit.reduce((sum, count) => sum + count)).toBe(4);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('is in the unit of the target, and right about a straight line', async () => {
    const config = { ...place, split: 3, method: 'plain', settings, length } as const;
    const { values } = await regression.run(config, random.key(6), context);
    // The targets have a standard deviation of 35.
    expect(values.rmse).toBeLessThan(10);
    expect(values.rmse).toBeGreaterThan(0.01);
  });

  test('has the settings that are best on rows held back', async () => {
    const before = tf.memory().numTensors;
    const config = { ...place, splits: [2, 3], family: 'point', steps: 20 } as const;
    const { values } = await chooseSettings.run(config, random.key(7), context);
    expect(values.tried).toHaveLength(6);
    expect(values.settings.nll).toBe(Math.min(...values.tried.map(({ nll }) => nll)));
    expect(tf.memory().numTensors).toBe(before);
  });
});

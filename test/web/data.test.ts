import * as tf from '@tensorflow/tfjs-core';
import '../support/backends.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { random } from '../../src/index.ts';
import { classificationPoints } from '../../web/data/classification.ts';
import { regressionPoints } from '../../web/data/regression.ts';
import { RANGE } from '../../web/shared/range.ts';
import { classificationSets, regressionSets } from '../../web/shared/sets.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const inside = ({ x, y }: { readonly x: number; readonly y: number }): boolean =>
  Math.abs(x) <= RANGE && Math.abs(y) <= RANGE;

describe.each(regressionSets)('the curve %s', (set) => {
  it('is the same for the same key, differs for another, and leaks no tensors', async () => {
    const before = tf.memory().numTensors;
    const points = await regressionPoints(set, random.key(1));
    expect(await regressionPoints(set, random.key(1))).toEqual(points);
    if (set !== 'none') expect(await regressionPoints(set, random.key(2))).not.toEqual(points);
    expect(tf.memory().numTensors).toBe(before);
    expect(points.every(inside)).toBe(true);
  });
});

it('leaves a gap between two groups', async () => {
  const points = await regressionPoints('gap', random.key(3));
  expect(points.some(({ x }) => x < -0.8)).toBe(true);
  expect(points.some(({ x }) => x > 0.6)).toBe(true);
  expect(points.filter(({ x }) => x > -0.79 && x < 0.59)).toEqual([]);
});

describe.each(classificationSets)('the classes %s', (set) => {
  it('are the same for the same key, equally many of each, and leak no tensors', async () => {
    const before = tf.memory().numTensors;
    const points = await classificationPoints(set, random.key(1), 40);
    expect(await classificationPoints(set, random.key(1), 40)).toEqual(points);
    expect(tf.memory().numTensors).toBe(before);
    expect(points).toHaveLength(set === 'none' ? 0 : 80);
    expect(points.filter(({ label }) => label === 0)).toHaveLength(points.length / 2);
    expect(points.filter(inside).length).toBeGreaterThanOrEqual(0.99 * points.length);
  });
});

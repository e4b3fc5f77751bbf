import * as tf from '@tensorflow/tfjs-core';
import '../support/backends.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { random, tree } from '../../src/index.ts';
import { classificationPoints } from '../../web/data/classification.ts';
import { regressionPoints } from '../../web/data/regression.ts';
import { curveAt, mapAt } from '../../web/draw/scale.ts';
import { accuracyOn, classification, classificationRows, maps } from '../../web/models/classification.ts';
import type { Problem, Rows, State } from '../../web/models/problem.ts';
import { curves, regression, regressionRows } from '../../web/models/regression.ts';
import { CELLS } from '../../web/shared/range.ts';
import {
  classificationDefaults,
  type Method,
  regressionDefaults,
  type Units,
} from '../../web/shared/settings.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const trained = (problem: Problem, rows: Rows, steps: number): State => {
  let state = problem.init(random.key(0));
  for (let i = 0; i < steps; i++) {
    const next = problem.update(state, rows);
    next.loss.dispose();
    state = next.state;
  }
  return state;
};

const fitted = async (units: Units, method: Method = 'meanField') => {
  const points = await regressionPoints('gap', random.key(1));
  const problem = regression({ ...regressionDefaults, units, method }, points.length);
  const rows = regressionRows(points);
  const state = trained(problem, rows, 500);
  const shown = await curves(problem, state);
  tree.dispose([state.params, state.optimizer, rows]);
  return { points, shown };
};

describe('the regression', () => {
  it('starts at the prior, equally wide everywhere', async () => {
    const problem = regression(regressionDefaults, 0);
    const state = problem.init(random.key(0));
    const { epistemic } = await curves(problem, state);
    tree.dispose([state.params, state.optimizer]);
    // Five standard errors of a standard deviation from 64 draws, and what bumps leave between them.
    for (const x of [-2, 0, 2]) expect(Math.abs(curveAt(epistemic, x) / 1.13 - 1)).toBeLessThan(0.5);
  });

  it('fits, is certain at the points, less so between them and least beyond; and leaks no tensors', async () => {
    const before = tf.memory().numTensors;
    const { points, shown } = await fitted('bumps');
    expect(tf.memory().numTensors).toBe(before);
    const errors = points.map(({ x, y }) => Math.abs(curveAt(shown.mean, x) - y));
    expect(Math.max(...errors)).toBeLessThan(0.5);
    const uncertainty = (x: number): number => curveAt(shown.epistemic, x);
    expect(uncertainty(-1.5)).toBeLessThan(0.15);
    expect(uncertainty(1.2)).toBeLessThan(0.15);
    expect(uncertainty(-0.2)).toBeGreaterThan(1.5 * uncertainty(1.2));
    expect(uncertainty(2.9)).toBeGreaterThan(4 * uncertainty(1.2));
  });

  it.each(['ivon', 'ensemble'] as const)(
    'fits by %s too, less certain away from the points',
    async (method) => {
      const before = tf.memory().numTensors;
      const { points, shown } = await fitted('bumps', method);
      expect(tf.memory().numTensors).toBe(before);
      const errors = points.map(({ x, y }) => Math.abs(curveAt(shown.mean, x) - y));
      expect(Math.max(...errors)).toBeLessThan(0.5);
      const uncertainty = (x: number): number => curveAt(shown.epistemic, x);
      expect(uncertainty(-0.2)).toBeGreaterThan(1.5 * uncertainty(1.2));
      expect(uncertainty(2.9)).toBeGreaterThan(4 * uncertainty(1.2));
    },
  );

  it('behaves with other units as the page says: tanh does not widen beyond the points, ReLU not in the gap', async () => {
    const tanh = (await fitted('tanh')).shown.epistemic;
    expect(curveAt(tanh, 2.9)).toBeLessThan(1.5 * curveAt(tanh, 1.5));
    const relu = (await fitted('relu')).shown.epistemic;
    expect(curveAt(relu, -0.2)).toBeLessThan(1.2 * curveAt(relu, 1.2));
    expect(curveAt(relu, 2.9)).toBeGreaterThan(1.5 * curveAt(relu, 1.2));
  });
});

describe('the classification', () => {
  it('separates two moons, splits its uncertainty, and leaks no tensors', async () => {
    const before = tf.memory().numTensors;
    const points = await classificationPoints('moons', random.key(1));
    const others = await classificationPoints('moons', random.key(2), 200);
    const problem = classification(classificationDefaults, points.length);
    const rows = classificationRows(points);
    const state = trained(problem, rows, 200);
    const { probability, aleatoric, epistemic } = await maps(problem, state, 'fine');
    expect(await accuracyOn(problem, state, others, 'fine')).toBeGreaterThan(0.95);
    expect(await accuracyOn(problem, state, [], 'fine')).toBeUndefined();
    tree.dispose([state.params, state.optimizer, rows]);
    expect(tf.memory().numTensors).toBe(before);
    const entropy = (p: number): number => -p * Math.log(p) - (1 - p) * Math.log(1 - p);
    probability.forEach((p, i) => {
      expect(aleatoric[i]! + epistemic[i]!).toBeCloseTo(entropy(p), 4);
    });
    const mean = (of: ArrayLike<number>, at: readonly { readonly x: number; readonly y: number }[]): number =>
      at.reduce((sum, place) => sum + mapAt(of, CELLS.fine, place), 0) / at.length;
    const corners = [-2.8, 2.8].flatMap((x) => [-2.8, 2.8].map((y) => ({ x, y })));
    expect(mean(epistemic, corners)).toBeGreaterThan(3 * mean(epistemic, points));
  });

  it('finds aleatoric uncertainty at the boundary of overlapping clouds', async () => {
    const points = await classificationPoints('overlap', random.key(1), 200);
    const problem = classification(classificationDefaults, points.length);
    const rows = classificationRows(points);
    const state = trained(problem, rows, 200);
    const { aleatoric, epistemic } = await maps(problem, state, 'fine');
    tree.dispose([state.params, state.optimizer, rows]);
    const seam = { x: 0, y: 0 };
    expect(mapAt(aleatoric, CELLS.fine, seam)).toBeGreaterThan(3 * mapAt(epistemic, CELLS.fine, seam));
  });
});

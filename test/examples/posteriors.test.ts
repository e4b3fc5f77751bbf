import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { compare, table } from '../../examples/posteriors/compare.ts';
import { ways } from '../../examples/posteriors/ways.ts';
import '../support/backends.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

test('every way to a posterior has scores and a picture, and leaves no tensors', async () => {
  const before = tf.memory().numTensors;
  const lines: string[] = [];
  const rows = await compare({ steps: 5, draws: 4, leapfrogSteps: 3 }, (line) => lines.push(line));
  expect(tf.memory().numTensors).toBe(before);
  expect(rows.map(({ name }) => name)).toEqual(ways.map(({ name }) => name));
  expect(lines.at(-1)).toMatch(
    /^Hamiltonian Monte Carlo: \d+ s, R-hat [\d.]+ and effective sample size \d+ at 0$/,
  );
  for (const { gap, beside, figure, title } of rows) {
    expect([gap.coverage, gap.spread, gap.nll, beside.nll].every(Number.isFinite)).toBe(true);
    // One member's weights are ordinary, but ten differ.
    expect(gap.spread).toBeGreaterThan(0);
    expect(figure.title).toBe(title);
  }
});

test('the table has a line for each way', () => {
  const gap = { coverage: 0.9, spread: 0.25, nll: -0.5 };
  const beside = { coverage: 0.95, spread: 0.05, nll: -0.75 };
  const figure = {} as never;
  expect(table([{ name: 'a', title: 'A way', gap, beside, figure }])).toBe(
    [
      '                         in the gap                     beside it',
      '       coverage    spread       NLL  coverage    spread       NLL',
      'A way     0.900     0.250    -0.500     0.950     0.050    -0.750',
    ].join('\n'),
  );
});

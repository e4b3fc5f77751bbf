import { describe, expect, test } from 'vitest';
import { limits, verdict } from '../../bench/limits.ts';
import { makeRows, makeTable } from '../../bench/results.ts';

const measured = [
  { name: 'unit', times: [1, 2, 4] },
  { name: 'step/ours', times: [160, 150, 200] },
  { name: 'step/stock', times: [1600, 1500, 1400] },
  { name: 'step/jax', times: [], failure: 'not installed' },
];

describe('makeRows', () => {
  const [unit, ours, stock, jax] = makeRows(measured);

  test('compares medians with medians and minima with minima', () => {
    expect(unit).toMatchObject({ median: 2, minimum: 1, units: 1, unitsOfMinima: 1 });
    expect(ours).toMatchObject({ median: 160, minimum: 150, units: 80, unitsOfMinima: 150, timesOurs: 1 });
    expect(stock).toMatchObject({ median: 1500, units: 750, timesOurs: 1500 / 160, verdict: '' });
  });

  test('shows the limit only in our rows', () => {
    expect(ours).toMatchObject({ limit: limits['step/ours'], verdict: 'within' });
    expect(stock).not.toHaveProperty('limit');
  });

  test('computes ratios against the given baseline', () => {
    expect(makeRows(measured, () => 'step/stock')[1]?.timesOurs).toBeCloseTo(160 / 1500, 12);
  });

  test('keeps the reason for a failure', () => {
    expect(jax).toMatchObject({ failure: 'not installed', verdict: '', times: [] });
  });
});

test('makeTable has a row for each contender, and a line below for each that failed', () => {
  const lines = makeTable(makeRows(measured), 'x usual').split('\n');
  expect(lines[0]).toContain('x usual');
  expect(lines[3]?.split(/ +/)).toEqual([
    'step/ours',
    '160',
    '150',
    '80.0',
    '150',
    '1.00',
    '85',
    '70',
    '120',
    'within',
  ]);
  expect(lines.at(-1)).toBe('step/jax: not measured: not installed');
  expect(lines).toHaveLength(2 + 3 + 1);
});

test('makeTable omits the columns of limits if no row has one', () => {
  const [head = ''] = makeTable(makeRows([{ name: 'unit', times: [1] }])).split('\n');
  expect(head).toContain('x ours');
  expect(head).not.toContain('goal');
});

test('a verdict is in units, and its bounds are inclusive', () => {
  const limit = { atMost: 85, goal: 70 };
  expect([70, 70.1, 85, 85.1].map((units) => verdict(units, limit))).toEqual([
    'goal',
    'within',
    'within',
    'ABOVE',
  ]);
  expect(verdict(Number.NaN, limit)).toBe('');
  for (const { atMost, goal } of Object.values(limits)) expect(goal).toBeLessThan(atMost);
});

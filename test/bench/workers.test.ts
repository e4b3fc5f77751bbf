import { describe, expect, test } from 'vitest';
import { divided, timeOn } from '../../bench/workers/scaling.ts';
import { spansOf } from '../../bench/workers/timeline.ts';
import { costTable } from '../../bench/workers/workerCost.ts';

describe('the spans of a run on workers', () => {
  test('add up to the run, whatever the order of its jobs', () => {
    const jobs = [
      { thread: 2, began: 7, ended: 20 },
      { thread: 1, began: 5, ended: 11 },
      { thread: 1, began: 13, ended: 18 },
    ];
    const spans = spansOf(1, 3, jobs, 24, 30);
    expect(spans).toEqual({ before: 2, there: 2, busy: 13, between: 2, back: 4, after: 6, busyInAll: 24 });
    const { busyInAll: _, ...parts } = spans;
    expect(Object.values(parts).reduce((a, b) => a + b)).toBe(29);
    expect(spansOf(1, 3, [...jobs].reverse(), 24, 30)).toEqual(spans);
  });
});

test('the time on more cores is what was measured where as many were, and grows with each further gradient', () => {
  const measured = { serial: 10, shards: 2, perShard: 1, fixed: 5, divisible: 100 };
  expect(timeOn(2, measured)).toBe(10 + 5 + 50);
  expect(timeOn(10, measured)).toBe(10 + 8 + 5 + 10);
});

test('work is divided into what each shard does and the rest, as it takes on threads', () => {
  // 5 and 100 here, where a tenth takes 15; on threads everything takes 1.2 times as long, in two shards.
  const { fixed, divisible } = divided(15, 105, 0.1, 1.2 * (2 * 5 + 100), 2);
  expect(fixed).toBeCloseTo(6, 10);
  expect(divisible).toBeCloseTo(120, 10);
});

test('the memory of a worker is what a process without any does not have', () => {
  const costs = [
    { workers: 0, startUp: 0, started: 0, working: 100e6 },
    { workers: 2, startUp: 300, started: 80e6, working: 350e6 },
  ];
  expect(costTable(costs).split('\n').at(-1)).toMatch(/^2 +300 +80 +350 +125$/);
});

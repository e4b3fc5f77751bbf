import { expect, test } from 'vitest';
import type { Contender } from '../../bench/contender.ts';
import { groupName, wanted } from '../../bench/contender.ts';
import { roundRobin } from '../../bench/roundRobin.ts';

/** A clock that only runs move, and a log of what was called. */
const world = () => {
  const log: string[] = [];
  let time = 0;
  const surroundings = { now: () => time, useKernels: (on: boolean) => void log.push(on ? 'on' : 'off') };
  const contender = (name: string, takes: number, more: Partial<Contender> = {}): Contender => ({
    name,
    kernels: true,
    start: () => () => {
      log.push(name);
      time += takes;
    },
    ...more,
  });
  return { log, surroundings, contender };
};

test('every contender runs once without a clock and then once a round, with its own kernels', async () => {
  const { log, surroundings, contender } = world();
  const found = await roundRobin([contender('a', 5), contender('b', 7, { kernels: false })], 2, surroundings);
  expect(found).toEqual([
    { name: 'a', times: [5, 5] },
    { name: 'b', times: [7, 7] },
  ]);
  expect(log).toEqual(['on', 'a', 'off', 'b', 'on', 'a', 'off', 'b', 'on', 'a', 'off', 'b', 'on']);
});

test('threads are changed before the clock starts, and new ones run once without it', async () => {
  const { log, surroundings, contender } = world();
  const found = await roundRobin(
    [contender('a', 5), contender('a2', 3, { threads: 2 }), contender('b', 7, { kernels: false })],
    1,
    { ...surroundings, useThreads: async (threads) => void log.push(`threads ${threads}`) },
  );
  expect(found.map(({ times }) => times)).toEqual([[5], [3], [7]]);
  const once = ['on', 'threads 1', 'a', 'on', 'threads 2', 'a2'];
  expect(log).toEqual([...once, 'off', 'b', ...once, 'a2', 'off', 'b', 'on']);
});

test('repeats are timed together and averaged', async () => {
  const { log, surroundings, contender } = world();
  const [found] = await roundRobin([contender('a', 3, { repeats: 4 })], 2, surroundings);
  expect(found?.times).toEqual([3, 3]);
  expect(log.filter((entry) => entry === 'a')).toHaveLength(1 + 2 * 4);
});

test('a contender that takes too long runs once, and a slow one is repeated less', async () => {
  const { log, surroundings, contender } = world();
  const found = await roundRobin(
    [contender('slow', 11), contender('slower', 4, { repeats: 5 }), contender('quick', 1, { repeats: 5 })],
    2,
    { ...surroundings, longest: 10 },
  );
  expect(found).toEqual([
    { name: 'slow', times: [11] },
    { name: 'slower', times: [4, 4] },
    { name: 'quick', times: [1, 1] },
  ]);
  const countRuns = (name: string) => log.filter((entry) => entry === name).length;
  expect(['slow', 'slower', 'quick'].map(countRuns)).toEqual([1, 1 + 2 * 2, 1 + 2 * 5]);
});

test('a contender that fails is excluded with the reason, and the others continue', async () => {
  const { log, surroundings, contender } = world();
  let runs = 0;
  const late = {
    start: () => () => {
      runs += 1;
      if (runs === 3) throw new Error('enough\nof this');
    },
  };
  const found = await roundRobin(
    [
      contender('never', 1, { start: () => Promise.reject(new Error('not installed')) }),
      contender('late', 1, late),
      contender('fine', 2),
    ],
    4,
    surroundings,
  );
  expect(found).toEqual([
    { name: 'never', times: [], failure: 'not installed' },
    { name: 'late', times: [], failure: 'enough' },
    { name: 'fine', times: [2, 2, 2, 2] },
  ]);
  expect(runs).toBe(3);
  expect(log.at(-1)).toBe('on');
});

test('wanted takes names, groups or everything', () => {
  const names = ['step/ours', 'step/stock', 'closed/ours', 'unit'];
  const chosen = (only: readonly string[]) => names.filter((name) => wanted(only)({ name }));
  expect(chosen([])).toEqual(names);
  expect(chosen(['step'])).toEqual(['step/ours', 'step/stock']);
  expect(chosen(['closed/ours', 'unit'])).toEqual(['closed/ours', 'unit']);
  expect(names.map(groupName)).toEqual(['step', 'step', 'closed', 'unit']);
});

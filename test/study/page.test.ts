import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/index.ts';
import { planImages } from '../../study/images/plan.ts';
import { readJournal } from '../../study/journal.ts';
import { planMemory } from '../../study/memory/plan.ts';
import { planRegression } from '../../study/regression/plan.ts';
import { drawFigures } from '../../study/report/figures.ts';
import { page } from '../../study/report/page.ts';
import { summarize } from '../../study/report/summary.ts';
import { rowKey } from '../../study/run.ts';

const root = resolve(import.meta.dirname, '../..');
const rows = readJournal(join(root, 'study/results'));
const planned = [...planRegression('', false), ...planImages(false), ...planMemory()];

beforeAll(() => startBackend('cpu'));

describe('docs/study.md', () => {
  const text = readFileSync(join(root, 'docs/study.md'), 'utf8');

  test('is what `npm run study -- --report` makes of the journal', async () => {
    const drawn = await drawFigures([...rows.values()]);
    expect(text).toBe(page(rows, { folder: './figures/study', drawn }));
    for (const { name } of drawn)
      expect(existsSync(join(root, `docs/figures/study/${name}.svg`)), name).toBe(true);
  });
});

describe('the rows of the journal', () => {
  test('are rows of the plan, with its labels', () => {
    const labels = new Map(planned.map(({ id, label }) => [id, label]));
    expect(rows.size).toBeGreaterThan(0);
    for (const [id, row] of rows) expect(row, id).toMatchObject({ ...labels.get(id)!, quick: false });
  });

  test('have keys that follow from their ids, a revision and a machine', () => {
    for (const [id, { key, commit, machine, seconds, command }] of rows) {
      expect(key, id).toEqual(rowKey(id));
      expect(commit).toMatch(/^[0-9a-f]{10}(-dirty)?$/);
      expect(machine.cores, id).toBeGreaterThan(0);
      expect(seconds, id).toBeGreaterThan(0);
      expect(command, id).toContain(`--only ${id}`);
    }
  });
});

describe.each([
  ['full', planned],
  ['quick', [...planRegression('', true), ...planImages(true), ...planMemory()]],
])('the %s plan', (_, all) => {
  test('has different ids and keys', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(new Set(all.map(({ id }) => rowKey(id).join())).size).toBe(all.length);
  });

  test('has what a row needs before it', () => {
    all.forEach(({ needs }, at) => {
      if (needs !== undefined)
        expect(
          all.slice(0, at).some(({ id }) => id === needs),
          needs,
        ).toBe(true);
    });
  });
});

describe('summarize', () => {
  test('has the standard error of the mean', () => {
    expect(summarize([])).toBe(undefined);
    expect(summarize([3])).toEqual({ count: 1, mean: 3, error: undefined });
    // Deviations of -2, 0 and 2: a variance of 4, and 4 / 3 for the mean.
    expect(summarize([1, 3, 5])).toEqual({ count: 3, mean: 3, error: Math.sqrt(4 / 3) });
  });
});

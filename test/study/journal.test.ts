import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { appendRow, type Row, readJournal } from '../../study/journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'study-'));
afterAll(() => rmSync(folder, { recursive: true }));

const row = (id: string, values: unknown): Row => ({
  ...{ id, experiment: 'some', dataset: 'd', network: 'n', method: 'm', epochs: 1, quick: false },
  ...{ values, seconds: 1, cpuSeconds: 1, commit: 'c', key: [1, 2], workers: 1, command: '', finished: '' },
  machine: { cpu: '', cores: 1, memoryGiB: 1, node: '', platform: '', load: 0 },
});

describe('the journal', () => {
  test('of a folder that does not exist has no rows', () => {
    expect(readJournal(join(folder, 'missing')).size).toBe(0);
  });

  test('keeps rows, of which the last counts', () => {
    for (const [id, value] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ] as const)
      appendRow(folder, row(id, value));
    expect([...readJournal(folder)].map(([id, { values }]) => [id, values])).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
  });

  test('goes on after a line that a crash cut off', () => {
    const file = join(folder, 'some.jsonl');
    appendFileSync(file, '{"id":"c","exp');
    expect([...readJournal(folder).keys()]).toEqual(['a', 'b']);
    appendRow(folder, row('d', 4));
    expect([...readJournal(folder).keys()]).toEqual(['a', 'b', 'd']);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(5);
  });
});

import { expect, test } from 'vitest';
import { makeRows } from '../../../bench/against/ratios.ts';
import { makeTable } from '../../../bench/against/table.ts';

test('makeTable has a row for each comparison, and a line below for each that failed', () => {
  const lane = (...times: readonly number[]) => [{ name: 'step/ours', times }];
  const rows = makeRows(
    ['step/ours', 'conv/ours'],
    [
      { before: lane(100), here: lane(150), after: lane(100) },
      { before: lane(100), here: lane(300, 300), after: lane(121) },
    ],
  );
  const [head, , row, ...rest] = makeTable(rows, 'v0.1').split('\n');
  expect(head?.split(/ {2,}/)).toEqual([
    ...['name', 'v0.1 ms', 'this ms', 'ratio', 'of rounds', 'A/A', 'min ratio', 'min A/A'],
  ]);
  expect(row?.split(/ {2,}/)).toEqual([
    ...['step/ours', '100', '225', '2.114', '1.500 to 2.727', '1.000 to 1.210', '2.114', '1.000 to 1.210'],
    'slower',
  ]);
  expect(rest).toEqual(['conv/ours: not compared: the revision: not measured']);
});

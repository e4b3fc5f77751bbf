import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digits, table } from '../../bench/table.ts';

const word = fc.stringMatching(/^[a-z0-9]{1,12}$/);

test('table sets every column as wide as its widest cell, the first to the left', () => {
  expect(
    table(
      ['name', 'ms'],
      [
        ['a', '1.25'],
        ['longer', '10'],
      ],
    ),
  ).toBe(['name      ms', '------  ----', 'a       1.25', 'longer    10'].join('\n'));
  expect(table(['a', 'b'], [])).toBe('a  b\n-  -');
});

test('table keeps every cell, in lines of no more than the widths of all columns', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word, word), { minLength: 1 }), (rows) => {
      const [, rule = '', ...lines] = table(['x', 'y', 'z'], rows).split('\n');
      expect(lines.map((line) => line.split(/ +/))).toEqual(rows);
      for (const line of lines) expect(line).toHaveLength(rule.length);
    }),
  );
});

test('digits gives about three figures', () => {
  expect([0.125, 1.457, 83.25, 884.4, 1550].map(digits)).toEqual(['0.13', '1.46', '83.3', '884', '1550']);
  expect([undefined, Number.NaN, Number.POSITIVE_INFINITY].map(digits)).toEqual(['-', '-', '-']);
});

import { digits, table } from '../table.ts';
import { type Comparison, type Row, type Spread, verdict } from './ratios.ts';

const ratio = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : '-');
const range = ({ low, high }: Spread): string => `${ratio(low)} to ${ratio(high)}`;

const cells = ({ revision, here, ratio: found, itself }: Comparison): readonly string[] => [
  digits(revision),
  digits(here),
  ratio(found.middle),
  range(found),
  range(itself),
];

/** The comparison with a revision as a table, and below it a line for each row that has none. */
export const makeTable = (rows: readonly Row[], revision: string): string =>
  [
    table(
      ['name', `${revision} ms`, 'this ms', 'ratio', 'of rounds', 'A/A', 'min ratio', 'min A/A', ''],
      rows.flatMap((row) =>
        'failure' in row
          ? []
          : [
              [
                row.name,
                ...cells(row.medians),
                ratio(row.minima.ratio.middle),
                range(row.minima.itself),
                verdict(row.medians),
              ],
            ],
      ),
    ),
    ...rows.flatMap((row) => ('failure' in row ? [`${row.name}: not compared: ${row.failure}`] : [])),
  ].join('\n');

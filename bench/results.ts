import { groupName } from './contender.ts';
import { type Limit, limits, verdict } from './limits.ts';
import type { Measured } from './roundRobin.ts';
import { median, minimum } from './statistics.ts';
import { digits, table } from './table.ts';

/** The contender whose time is the unit. */
export const UNIT = 'unit';

/** One row of the results: milliseconds, the same in units, and how many times as long as ours. */
export interface Row {
  readonly name: string;
  readonly median: number;
  readonly minimum: number;
  readonly times: readonly number[];
  /** Median in medians of the unit. */
  readonly units: number;
  /** Minimum in minima of the unit. */
  readonly unitsOfMinima: number;
  /** The median as a multiple of that of `<group>/ours`. */
  readonly timesOurs: number;
  readonly limit?: Limit;
  readonly verdict: string;
  readonly failure?: string;
}

/** The rows of what was measured. `against` names the contender that ratios refer to, by default the group's ours. */
export const makeRows = (
  measured: readonly Measured[],
  against: (name: string) => string = (name) => `${groupName(name)}/ours`,
): readonly Row[] => {
  const medianTime = (name: string): number =>
    median(measured.find((each) => each.name === name)?.times ?? []);
  const unitMedian = medianTime(UNIT);
  const unitMinimum = minimum(measured.find(({ name }) => name === UNIT)?.times ?? []);
  return measured.map(({ name, times, failure }) => {
    const units = median(times) / unitMedian;
    const limit = limits[name];
    return {
      name,
      median: median(times),
      minimum: minimum(times),
      times,
      units,
      unitsOfMinima: minimum(times) / unitMinimum,
      timesOurs: median(times) / medianTime(against(name)),
      ...(limit === undefined ? {} : { limit }),
      verdict: verdict(units, limit),
      ...(failure === undefined ? {} : { failure }),
    };
  });
};

const heads = [
  'name',
  'median ms',
  'min ms',
  'units',
  'units (min)',
  'x ours',
  'at most',
  'goal',
  'torch_blue',
  '',
];

/** The rows as a table, and below it a line for each that failed. */
export const makeTable = (rows: readonly Row[], ratioHead = 'x ours'): string => {
  const cells = (row: Row): readonly string[] => [
    row.name,
    digits(row.median),
    digits(row.minimum),
    digits(row.units),
    digits(row.unitsOfMinima),
    digits(row.timesOurs),
    ...(row.limit === undefined
      ? ['', '', '']
      : [String(row.limit.atMost), String(row.limit.goal), String(row.limit.torchBlue ?? '-')]),
    row.verdict,
  ];
  const columns = rows.some(({ limit }) => limit !== undefined) ? heads.length : 6;
  const titles = heads.slice(0, columns).map((title) => (title === 'x ours' ? ratioHead : title));
  const failed = rows.filter(({ failure }) => failure !== undefined);
  return [
    table(titles, rows.filter(({ failure }) => failure === undefined).map(cells)),
    ...failed.map(({ name, failure }) => `${name}: not measured: ${failure}`),
  ].join('\n');
};

import type { Measured } from '../roundRobin.ts';
import { median, minimum } from '../statistics.ts';

/** One round: three processes in turn, of the revision, of this build, and of the revision again. */
export interface Round {
  readonly before: readonly Measured[];
  readonly here: readonly Measured[];
  readonly after: readonly Measured[];
}

/** The middle of some ratios, and their ends. */
export interface Spread {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** This build held against the revision, by one statistic of the times of a process. */
export interface Comparison {
  /** Milliseconds of a run: of the revision, and of this build. */
  readonly revision: number;
  readonly here: number;
  /** Times of this build in times of the revision, one ratio a round. */
  readonly ratio: Spread;
  /** The revision held against itself: its second process of a round in its first. */
  readonly itself: Spread;
}

/** A row of the comparison, or why there is none. */
export type Row =
  | {
      readonly name: string;
      readonly medians: Comparison;
      readonly minima: Comparison;
      readonly rounds: readonly Readonly<Record<keyof Round, readonly number[]>>[];
    }
  | { readonly name: string; readonly failure: string };

/** The middle of values and their ends; NaN of an empty list. */
export const measureSpread = (values: readonly number[]): Spread => ({
  middle: median(values),
  low: minimum(values),
  high: -minimum(values.map((value) => -value)),
});

type Times = Readonly<Record<keyof Round, readonly number[]>>;

/**
 * Each round's ratio is to the geometric mean of the two processes around this build's own: what slows the machine more
 * and more, or less and less, falls out of it.
 */
const comparison = (
  rounds: readonly Times[],
  statistic: (times: readonly number[]) => number,
): Comparison => {
  const values = rounds.map(({ before, here, after }) => ({
    before: statistic(before),
    here: statistic(here),
    after: statistic(after),
  }));
  return {
    revision: median(values.flatMap(({ before, after }) => [before, after])),
    here: median(values.map(({ here }) => here)),
    ratio: measureSpread(values.map(({ before, here, after }) => here / Math.sqrt(before * after))),
    itself: measureSpread(values.map(({ before, after }) => after / before)),
  };
};

const sides = ['before', 'here', 'after'] as const;

/** The rows of these names, in their order, from the rounds in which they were measured. */
export const makeRows = (names: readonly string[], rounds: readonly Round[]): readonly Row[] =>
  names.map((name) => {
    const found = rounds.flatMap((round) =>
      sides.map((side) => ({ side, measured: round[side].find((each) => each.name === name) })),
    );
    const failed = found.find(({ measured }) => measured === undefined || measured.failure !== undefined);
    if (failed !== undefined) {
      const who = failed.side === 'here' ? 'this build' : 'the revision';
      return { name, failure: `${who}: ${failed.measured?.failure ?? 'not measured'}` };
    }
    const readTimes =
      (side: keyof Round) =>
      (round: Round): readonly number[] =>
        round[side].find((each) => each.name === name)?.times ?? [];
    const times = rounds.map((round) => ({
      before: readTimes('before')(round),
      here: readTimes('here')(round),
      after: readTimes('after')(round),
    }));
    return { name, medians: comparison(times, median), minima: comparison(times, minimum), rounds: times };
  });

/**
 * What a comparison says: a build differs where the middle of its ratios lies outside of all ratios of the revision to
 * itself, taken both ways, since either of its processes might have been the first.
 */
export const verdict = ({ ratio, itself }: Comparison): 'slower' | 'faster' | 'same' => {
  const apart = Math.max(itself.high, 1 / itself.low);
  if (ratio.middle > apart) return 'slower';
  return ratio.middle < 1 / apart ? 'faster' : 'same';
};

import type { Interval } from './interval.ts';

/** Whether a scale is linear or logarithmic. */
export type ScaleKind = 'linear' | 'log';

/** Maps values to pixels. */
export type Scale = (value: number) => number;

const share = ([low, high]: Interval, value: number): number => (value - low) / (high - low);

const log10Interval = ([low, high]: Interval): Interval => [Math.log10(low), Math.log10(high)];

/** Limits lengths: those far outside a picture are clipped anyway, and viewers fail with much larger ones. */
const MAX_LENGTH = 10_000;

/** The scale that maps the ends of a domain to those of a range, which may be descending. */
export const makeScale = (kind: ScaleKind, domain: Interval, [from, to]: Interval): Scale => {
  const along =
    kind === 'linear'
      ? (value: number) => share(domain, value)
      : (value: number) => share(log10Interval(domain), Math.log10(value));
  return (value) => Math.min(Math.max(from + along(value) * (to - from), -MAX_LENGTH), MAX_LENGTH);
};

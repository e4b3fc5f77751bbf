import type { Interval } from './interval.ts';

/** How values become lengths: evenly, or by their logarithm. */
export type ScaleKind = 'linear' | 'log';

/** From values to pixels. */
export type Scale = (value: number) => number;

const share = ([low, high]: Interval, value: number): number => (value - low) / (high - low);

const logOf = ([low, high]: Interval): Interval => [Math.log10(low), Math.log10(high)];

/** What lies far out of a picture is cut off anyway; viewers go wrong with lengths much above this. */
const FAR = 10_000;

/** The scale that takes the ends of a domain to those of a range, which may run downwards. */
export const scaleOf = (kind: ScaleKind, domain: Interval, [from, to]: Interval): Scale => {
  const along =
    kind === 'linear'
      ? (value: number) => share(domain, value)
      : (value: number) => share(logOf(domain), Math.log10(value));
  return (value) => Math.min(Math.max(from + along(value) * (to - from), -FAR), FAR);
};

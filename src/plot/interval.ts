/** From the lower end to the higher one. */
export type Interval = readonly [low: number, high: number];

/** Numbers this close to zero, or to one another, are indistinguishable on a scale. */
const TINY = 1e-40;
const SAME = 1e-9;

/** An interval with a minimum length: a single number gets a neighbourhood. */
const withMinLength = ([low, high]: Interval): Interval => {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > Math.max(SAME * largest, TINY)) return [low, high];
  const room = largest > TINY ? 0.1 * largest : 1;
  return [low - room, high + room];
};

/** The smallest interval that contains all numbers, with a minimum length. */
export const extent = (...lists: readonly ArrayLike<number>[]): Interval => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      const value = list[i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? withMinLength([low, high]) : [0, 1];
};

/** The smallest interval on a log scale that contains all numbers, which are above 0. */
export const logExtent = (...lists: readonly ArrayLike<number>[]): Interval => {
  const [low, high] = extent(...lists);
  return low > 0 ? [low, high] : [high / 10, high];
};

/** The interval extended at both ends by a fraction of its length. */
export const padded = ([low, high]: Interval, share: number): Interval => {
  const more = share * (high - low);
  return [low - more, high + more];
};

/** The interval, extended if necessary to contain zero. */
export const withZero = ([low, high]: Interval): Interval => [Math.min(low, 0), Math.max(high, 0)];

/** The middle value, or the mean of the two in the middle; NaN of an empty list. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
};

/** The smallest value; NaN of an empty list. */
export const minimum = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values.reduce((a, b) => Math.min(a, b));

/** Which steps each of `count` blocks holds, as even as can be: `[start, end)` pairs that cover `0..total`. */
export const blocks = (total: number, count: number): readonly (readonly [number, number])[] => {
  const wanted = Math.max(1, Math.min(count, total));
  const at = (index: number) => Math.round((index * total) / wanted);
  return Array.from({ length: wanted }, (_, index) => [at(index), at(index + 1)] as const);
};

/** How many values are denormal float32: not 0, and smaller than the smallest normal number, 2^-126. */
export const denormals = (values: ArrayLike<number>): number => {
  let count = 0;
  for (let index = 0; index < values.length; index++) {
    const size = Math.abs(values[index] as number);
    if (size > 0 && size < 2 ** -126) count += 1;
  }
  return count;
};

/**
 * A length in an SVG, rounded to a tenth of a pixel. All numbers of a figure pass through here, so that none can be
 * non-finite.
 *
 * @throws Error for NaN and infinite values
 */
export const rounded = (value: number): string => {
  if (!Number.isFinite(value)) throw new Error(`plot: a length of ${value} cannot be drawn`);
  return String(Math.round(value * 10) / 10 + 0);
};

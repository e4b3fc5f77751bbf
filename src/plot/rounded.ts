/**
 * A length in an SVG to a tenth of a pixel, which nobody sees the rest of. All numbers of a figure come through here,
 * so that none that is not finite can.
 *
 * @throws Error for NaN and infinite values
 */
export const rounded = (value: number): string => {
  if (!Number.isFinite(value)) throw new Error(`plot: a length of ${value} cannot be drawn`);
  return String(Math.round(value * 10) / 10 + 0);
};

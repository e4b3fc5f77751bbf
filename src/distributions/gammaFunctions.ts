/** Above this the asymptotic series are exact to double rounding. */
const large = 16;

/** `term(x) + term(x + 1) + ...` up to `large`: what the recurrence takes off, and where it leads. */
const shifted = (x: number, term: (x: number) => number): { readonly sum: number; readonly from: number } => {
  const steps = Math.max(0, Math.ceil(large - x));
  const sum = Array.from({ length: steps }, (_, i) => term(x + i)).reduce((a, b) => a + b, 0);
  return { sum, from: x + steps };
};

/**
 * The logarithm of the gamma function of a number above 0, by Stirling's series (DLMF 5.11.1).
 *
 * @example
 * logGamma(5); // log 24
 */
export const logGamma = (x: number): number => {
  const { sum, from } = shifted(x, Math.log);
  const r = 1 / (from * from);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / from;
  return (from - 0.5) * Math.log(from) - from + 0.5 * Math.log(2 * Math.PI) + series - sum;
};

/**
 * The derivative of `logGamma`, of a number above 0 (DLMF 5.11.2).
 *
 * @example
 * digamma(1); // -0.5772..., minus Euler's constant
 */
export const digamma = (x: number): number => {
  const { sum, from } = shifted(x, (each) => 1 / each);
  const r = 1 / (from * from);
  const series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r / 132))));
  return Math.log(from) - 0.5 / from - series - sum;
};

/** The Kolmogorov-Smirnov distance times sqrt(n); above 1.95 once in a thousand keys. */
export const kolmogorov = (values: Float32Array, cdf: (x: number) => number): number => {
  const sorted = Float32Array.from(values).sort();
  const n = sorted.length;
  const distance = sorted.reduce((worst, x, i) => {
    const p = cdf(x);
    return Math.max(worst, (i + 1) / n - p, p - i / n);
  }, 0);
  return distance * Math.sqrt(n);
};

/** Standard normal cdf by the series of Marsaglia (2004), exact to double rounding for |x| < 6. */
export const normalCdf = (x: number): number => {
  let sum = x;
  let term = x;
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(sum); i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
};

/** The quantile of sorted numbers, linearly interpolated (Hyndman and Fan's type 7). */
export const quantile = (sorted: ArrayLike<number>, share: number): number => {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]] as readonly [number, number];
  return below + (place - Math.floor(place)) * (above - below);
};

/** The error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26), for arguments of at least 0. */
const erf = (x: number): number => {
  const t = 1 / (1 + 0.3275911 * x);
  const terms = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  return 1 - terms.reduce((sum, term) => sum * t + term, 0) * t * Math.exp(-x * x);
};

/** The half width, in standard deviations, of the central interval of a normal with a given probability: 1.96 for 0.95. */
export const normalHalfWidth = (share: number): number => {
  let [low, high] = [0, 8];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (erf(middle / Math.SQRT2) < share) low = middle;
    else high = middle;
  }
  return low;
};

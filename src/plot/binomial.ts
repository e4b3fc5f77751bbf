/** Terms this small relative to the largest add nothing. */
const NEGLIGIBLE = 1e-18;

/** The probabilities, up to a factor, of the numbers of successes from the most probable one in one direction. */
const tail = (start: number, end: number, ratio: (from: number) => number): readonly number[] => {
  const direction = Math.sign(end - start);
  const weights: number[] = [];
  let weight = 1;
  for (let k = start; k !== end; k += direction) {
    weight *= ratio(k);
    if (weight < NEGLIGIBLE) break;
    weights.push(weight);
  }
  return weights;
};

/**
 * Two numbers of successes in `n` trials of probability `p`: below the one and above the other are at most 2.5 % each. From
 * the ratios of neighbouring probabilities, starting at the most probable number, so that large `n` do not underflow.
 */
export const binomialInterval = (n: number, p: number): readonly [low: number, high: number] => {
  if (p <= 0) return [0, 0];
  if (p >= 1) return [n, n];
  const mode = Math.min(Math.floor((n + 1) * p), n);
  const odds = p / (1 - p);
  const above = tail(mode, n, (k) => ((n - k) / (k + 1)) * odds);
  const below = tail(mode, 0, (k) => k / (n - k + 1) / odds);
  const weights = [...[...below].reverse(), 1, ...above];
  const first = mode - below.length;
  const total = weights.reduce((sum, each) => sum + each, 0);
  const quantile = (share: number): number => {
    let sum = 0;
    const place = weights.findIndex((each) => {
      sum += each / total;
      return sum >= share;
    });
    return first + (place < 0 ? weights.length - 1 : place);
  };
  return [quantile(0.025), quantile(0.975)];
};

import { random } from 'tfjs-bayesian';
import type { Point } from '../shared/points.ts';
import type { RegressionSet } from '../shared/sets.ts';
import { numbers } from './numbers.ts';

const NOISE = 0.12;

const wave = (x: number): number => 0.9 * Math.sin(2.2 * x);

/** The x coordinate in each data set for a number between 0 and 1. */
const places: Readonly<
  Record<RegressionSet, { readonly count: number; readonly x: (u: number, index: number) => number }>
> = {
  gap: { count: 30, x: (u, i) => (i % 2 === 0 ? -2.1 + 1.3 * u : 0.6 + 1.3 * u) },
  waves: { count: 40, x: (u) => -2.4 + 4.8 * u },
  few: { count: 5, x: (u, i) => -1.6 + 0.75 * i + 0.3 * u },
  none: { count: 0, x: (u) => u },
};

/** The points of a data set, drawn from the key. */
export const regressionPoints = async (set: RegressionSet, key: random.Key): Promise<readonly Point[]> => {
  const { count, x } = places[set];
  if (count === 0) return [];
  const us = await numbers(random.uniform(random.foldIn(key, 0), [count]));
  const noise = await numbers(random.normal(random.foldIn(key, 1), [count]));
  return us.map((u, i) => {
    const at = x(u, i);
    return { x: at, y: wave(at) + NOISE * (noise[i] as number) };
  });
};

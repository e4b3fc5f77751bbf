import { invalidArgument, positiveInteger, tag } from '../check/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { isNode } from '../tree/index.ts';

/** For each setting the values that it takes. */
export type Grid<C> = { readonly [K in keyof C]: readonly C[K][] };

/** Configurations that are drawn. */
export interface Sampler<C> {
  readonly _tag: 'Sampler';
  /** The number of configurations. */
  readonly count: number;
  readonly draw: (key: Key) => C;
}

/** The configurations of a sweep: a list of them, a grid or a sampler. */
export type Space<C> = readonly C[] | Grid<C> | Sampler<C>;

/**
 * Random configurations for `sweep`: `count` of them, each drawn from a key of its own.
 *
 * @throws Error if `count` is not a positive integer, or `draw` not a function
 * @example
 * const settings = parallel.sampler(20, (key) => {
 *   const [u = 0] = random.uniform(key, [1]).dataSync();
 *   return { learningRate: Math.exp(-9 + 6 * u) };
 * });
 */
export const sampler = <C>(count: number, draw: (key: Key) => C): Sampler<C> => {
  positiveInteger('parallel.sampler: count', count);
  if (typeof draw !== 'function') invalidArgument('parallel.sampler: draw', 'a function of a key', draw);
  return Object.freeze({ _tag: 'Sampler' as const, count, draw });
};

const isSampler = <C>(space: Space<C>): space is Sampler<C> => tag(space) === 'Sampler';

/** Configuration `i` of a sampler is drawn by key `i` of this: no input's job has it. */
const DRAWS = 2 ** 32 - 1;

/** All combinations, the last setting changing first. */
const product = (grid: Readonly<Record<string, readonly unknown[]>>): readonly object[] =>
  Object.entries(grid).reduce<readonly object[]>(
    (all, [name, values]) => all.flatMap((config) => values.map((value) => ({ ...config, [name]: value }))),
    [{}],
  );

/**
 * The configurations of a space, in order.
 *
 * @throws Error naming the argument for anything else, and for a setting of a grid without values
 * @example
 * configurations('sweep', { rate: [1, 2], size: [8, 9] }, random.key(0));
 * // [{ rate: 1, size: 8 }, { rate: 1, size: 9 }, { rate: 2, size: 8 }, { rate: 2, size: 9 }]
 */
export const configurations = <C>(fn: string, space: Space<C>, key: Key): readonly C[] => {
  if (Array.isArray(space)) return space;
  if (isSampler(space)) {
    const own = foldIn(key, DRAWS);
    return Array.from({ length: space.count }, (_, index) => space.draw(foldIn(own, index)));
  }
  if (!isNode(space))
    return invalidArgument(`${fn}: space`, 'a list of configurations, a grid or a sampler', space);
  for (const [name, values] of Object.entries(space))
    if (!Array.isArray(values) || values.length === 0)
      invalidArgument(`${fn}: space.${name}`, 'a list of at least one value', values);
  return product(space as Readonly<Record<string, readonly unknown[]>>) as readonly C[];
};

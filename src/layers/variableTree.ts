import { fold, type Site } from './fold.ts';
import type { Forward, Layer, WeightOptions } from './part.ts';

/**
 * A tree with what a function makes of each variable, in the structure of the parameter tree: a layer without
 * variables has no entry.
 *
 * @example
 * variableTree(({ shape }) => shape)({})(linear(4, 2)); // { weight: [4, 2], bias: [2] }
 */
export const variableTree = (
  make: (site: Site) => unknown,
): ((options: WeightOptions) => (layer: Layer<unknown, Forward>) => unknown) =>
  fold<unknown>({
    variable: make,
    randomKey: () => undefined,
    layer: (_, parts, path) => {
      const entries = Object.entries(parts).filter(([, part]) => part !== undefined);
      return entries.length === 0 && path.length > 0 ? undefined : Object.fromEntries(entries);
    },
  });

import { type Forward, fold, type Layer, type Site } from 'tfjs-bayesian';

/** Every variable of a layer in its place. */
export const sitesOf = fold<readonly Site[]>({
  variable: (site) => [site],
  randomKey: () => [],
  layer: (_, parts) => Object.values(parts).flat(),
})({}) satisfies (layer: Layer<unknown, Forward>) => readonly Site[];

import type { Forward, Layer, Site } from 'tfjs-bayesian';
import { fold } from '../../src/layers/fold.ts';

/** Every variable of a layer in its place. */
export const sitesOf = fold<readonly Site[]>({
  variable: (site) => [site],
  randomKey: () => [],
  layer: (_, parts) => Object.values(parts).flat(),
})({}) satisfies (layer: Layer<unknown, Forward>) => readonly Site[];

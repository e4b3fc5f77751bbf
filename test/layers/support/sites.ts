import type { Forward, Layer, Site, WeightOptions } from '../../../src/layers/index.ts';
import { resolve } from '../../../src/layers/resolve.ts';

/** Every variable of a layer, resolved, in order. */
export const sitesOf = (layer: Layer<unknown, Forward>, options: WeightOptions = {}): readonly Site[] =>
  resolve(options)(layer).sites;

import { resolve } from '../../../src/layers/core/resolve.ts';
import type { Forward, Layer, Site, WeightOptions } from '../../../src/layers/index.ts';

/** Every variable of a layer, resolved, in order. */
export const resolveSites = (layer: Layer<unknown, Forward>, options: WeightOptions = {}): readonly Site[] =>
  resolve(options)(layer).sites;

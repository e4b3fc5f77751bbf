import { fold } from '../../../src/layers/fold.ts';
import type { Forward, Layer, Site, WeightOptions } from '../../../src/layers/index.ts';

/** Every variable of a layer as the fold sees it, in order. */
export const sitesOf = (layer: Layer<unknown, Forward>, options: WeightOptions = {}): readonly Site[] =>
  fold<readonly Site[]>({
    variable: (site) => [site],
    randomKey: () => [],
    layer: (_, parts) => Object.values(parts).flat(),
  })(options)(layer);

import type { Forward, Layer, Site } from 'tfjs-bayesian';
import { resolve } from '../../src/layers/core/resolve.ts';

/** Every variable of a layer in its place. */
export const resolveSites = (layer: Layer<unknown, Forward>): readonly Site[] => resolve({})(layer).sites;

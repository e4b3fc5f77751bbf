import { flat, type PointMassParams, pointMass } from '../../../src/distributions/index.ts';
import type { Forward, Layer } from '../../../src/layers/index.ts';
import { bayesian, type Model, type Params } from '../../../src/transforms/index.ts';

/** A layer with ordinary weights: what it computes is then a function of `params.x.value` alone. */
export const ordinary = <W, F extends Forward>(layer: Layer<W, F>): Model<Params<W, PointMassParams>, F> =>
  bayesian({ posterior: pointMass(), prior: flat() })(layer);

import type { Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument } from '../../check/index.ts';
import type { Product } from '../../distributions/posterior.ts';
import type { Key } from '../../random/index.ts';
import type { Path } from '../../tree/index.ts';
import type { Forward, Recorder, Unary } from './part.ts';
import type { Network, ResolvedPart, Site, StatisticSite } from './resolve.ts';

/** The tensor that stands for a variable. */
export type WeightOf = (site: Site) => Tensor;

/** An affine layer about to run: its variables by name, and its body for any choice of weights. */
export interface AffineLayer {
  readonly path: Path;
  /** How many trailing axes of the input form one row. */
  readonly featureRank: number;
  readonly sites: readonly Site[];
  readonly on: (weight: WeightOf) => Unary;
}

/** How the parts of a network are filled in. */
export interface Handler {
  readonly weight: WeightOf;
  readonly key: (path: Path) => Key | null;
  /** Needed by networks with statistics; that of an estimator overrides the usual one. */
  readonly statistic?: (site: StatisticSite) => Recorder;
  /** The product of rows and a variable, in place of its tensor; `undefined` keeps `weight`. */
  readonly product?: (site: Site) => Product | undefined;
  /** Replaces the body of an affine layer on `weight`; `undefined` keeps it. */
  readonly affine?: (layer: AffineLayer) => Unary | undefined;
}

const fill = (part: ResolvedPart, weight: WeightOf, handler: Handler): unknown => {
  if (part.kind === 'variable') return weight(part.site);
  if (part.kind === 'statistic') {
    const { site } = part;
    return (
      handler.statistic?.(site) ??
      invalidArgument('run: handler', `one for '${site.name}', a statistic`, handler)
    );
  }
  return part.kind === 'randomKey' ? handler.key(part.path) : run(part.network, handler);
};

/** What the handler has in place of a factor of a product, or the tensor that stands for it. */
const factorOf = (site: Site, weight: WeightOf, handler: Handler): Product | Tensor =>
  (weight === handler.weight ? handler.product?.(site) : undefined) ?? weight(site);

/** The result of a layer's body, if it is a function. */
const checkedForward = <F>(path: Path, forward: F): F =>
  typeof forward === 'function'
    ? forward
    : invalidArgument(
        `layer: result of the body${path.length === 0 ? '' : ` of '${path.join('.')}'`}`,
        'a function, as in ({ weight }) => (x) => tf.mul(x, weight)',
        forward,
      );

/**
 * The forward function of a network whose parts are filled in by a handler: variables by tensors, keys by keys, layers
 * by functions.
 *
 * @throws Error if a layer's body does not return a function
 * @example
 * const zeros = run(resolve({})(linear(4, 2)), { weight: ({ shape }) => tf.zeros([...shape]), key: () => null });
 * zeros(tf.ones([3, 4])); // zeros, [3, 2]
 */
export const run = <F extends Forward>({ path, layer, parts, sites }: Network<F>, handler: Handler): F => {
  const filled = (name: string, part: ResolvedPart, weight: WeightOf): unknown =>
    part.kind === 'variable' && name === layer.factor
      ? factorOf(part.site, weight, handler)
      : fill(part, weight, handler);
  const on = (weight: WeightOf): F =>
    checkedForward(
      path,
      layer.body(
        Object.fromEntries(parts.map(([name, part]) => [name, filled(name, part, weight)])) as never,
      ),
    );
  const { featureRank } = layer;
  if (featureRank === undefined || handler.affine === undefined) return on(handler.weight);
  const own = handler.affine({ path, featureRank, sites, on: on as (weight: WeightOf) => never });
  return (own as F | undefined) ?? on(handler.weight);
};

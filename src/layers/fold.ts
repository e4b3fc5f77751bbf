import { util } from '@tensorflow/tfjs-core';
import { normal, type Posterior, type Prior } from '../distributions/index.ts';
import { asPosterior } from '../distributions/posterior.ts';
import { asPrior } from '../distributions/prior.ts';
import type { Path } from '../tree/index.ts';
import type { Forward, Layer, Part, Variable, VariableOptions, WeightOptions } from './part.ts';
import { asVariable, tagOf } from './variable.ts';

/** A variable in its place: everything about it that does not depend on the parameters. */
export interface Site {
  readonly path: Path;
  readonly shape: readonly number[];
  readonly posterior: Posterior;
  /** Rescaled already where the options ask for it. */
  readonly prior: Prior;
  /** The bound of the uniform from which initial means are drawn, or the value at which they all start. */
  readonly initialMean: { readonly bound: number } | { readonly value: number };
  /** The fan-in that scales the initial spread; `null` where it is not scaled. */
  readonly fanIn: number | null;
  readonly priorInitialization: boolean;
}

/** What a fold makes of each kind of part. */
export interface Algebra<A> {
  readonly variable: (site: Site) => A;
  readonly randomKey: (path: Path) => A;
  readonly layer: (layer: Layer<unknown, Forward>, parts: Readonly<Record<string, A>>, path: Path) => A;
}

/** Narrower than the prior: a network that starts nearly sure of its weights learns sooner, and widens where it may. */
const defaultPosterior = normal({ std: 0.1 });

/** Of a matrix or filter: how many inputs feed one output. A vector has none of its own. */
const ownFanIn = ({ shape, options }: Variable<unknown>): number | undefined =>
  options.fanIn ?? (shape.length < 2 ? undefined : util.sizeFromShape(shape.slice(0, -1)));

/** The fan-in of a layer is that of its first variable, so that a bias starts as wide as its weight. */
const layerFanIn = (layer: Layer<unknown, Forward>): number => {
  const first = Object.entries(layer.spec).find(
    ([name, part]) => tagOf(`layer: part '${name}'`, part) === 'Variable',
  )?.[1];
  if (first === undefined) return 1;
  const variable = asVariable(first as readonly number[] | Variable<unknown>);
  return ownFanIn(variable) ?? 1;
};

/** Options that are given as `undefined` do not hide the outer ones. */
const nearest = (outer: WeightOptions, inner: VariableOptions): VariableOptions => ({
  ...outer,
  ...Object.fromEntries(Object.entries(inner).filter(([, value]) => value !== undefined)),
});

const siteOf = (path: Path, variable: Variable<unknown>, outer: WeightOptions, ofLayer: number): Site => {
  const options = nearest(outer, variable.options);
  const fanIn = options.fanIn ?? ofLayer;
  const name = path.join('.');
  const prior = asPrior(`prior of '${name}'`, options.prior ?? normal());
  const bound = 1 / Math.sqrt(ownFanIn(variable) ?? fanIn);
  return {
    path,
    shape: variable.shape,
    posterior: asPosterior(`posterior of '${name}'`, options.posterior ?? defaultPosterior),
    prior: options.rescalePrior ? prior.rescale(1 / Math.sqrt(3 * fanIn)) : prior,
    initialMean: options.initialMean === undefined ? { bound } : { value: options.initialMean },
    fanIn: (options.kaimingInitialization ?? true) ? fanIn : null,
    // A mean of the variable's own is nearer than a layer's wish to start from the prior.
    priorInitialization:
      (variable.options.initialMean === undefined
        ? options.priorInitialization
        : variable.options.priorInitialization) ?? false,
  };
};

/**
 * The one walk over a layer's spec, in the spec's order: sampling, log probabilities, divergences and
 * initial parameters are all algebras of it. `options` are the outermost; the nearest to a variable win.
 *
 * @example
 * const count = fold<number>({ variable: () => 1, randomKey: () => 0,
 *   layer: (_, parts) => Object.values(parts).reduce((a, b) => a + b, 0) })({});
 * count(linear(4, 2)); // 2
 */
export const fold =
  <A>(algebra: Algebra<A>) =>
  (options: WeightOptions) =>
  (root: Layer<unknown, Forward>): A => {
    const go = (layer: Layer<unknown, Forward>, path: Path, outer: WeightOptions): A => {
      const settings = nearest(outer, layer.options);
      const fanIn = layerFanIn(layer);
      const part = (name: string, each: Part): A => {
        const place = [...path, name];
        const tag = tagOf(`layer: part '${name}'`, each);
        if (tag === 'Layer') return go(each as Layer<unknown, Forward>, place, settings);
        if (tag === 'RandomKey') return algebra.randomKey(place);
        return algebra.variable(
          siteOf(place, asVariable(each as readonly number[] | Variable<unknown>), settings, fanIn),
        );
      };
      const parts = Object.fromEntries(
        Object.entries(layer.spec).map(([name, each]) => [name, part(name, each)]),
      );
      return algebra.layer(layer, parts, path);
    };
    return go(root, [], options);
  };

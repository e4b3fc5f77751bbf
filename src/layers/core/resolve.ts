import { engine, tidy, util } from '@tensorflow/tfjs-core';
import { normal, type Posterior, type Prior } from '../../distributions/index.ts';
import { asPosterior, type SamplerWithLogProb, samplerWithLogProb } from '../../distributions/posterior.ts';
import { asPrior, isFlat } from '../../distributions/prior.ts';
import type { Path } from '../../tree/index.ts';
import { type Forward, innermost, type Layer, type Part, type Variable, type WeightOptions } from './part.ts';
import { asVariable, tagOf } from './variable.ts';

/** A variable in its place: everything about it that does not depend on the parameters. */
export interface Site {
  readonly path: Path;
  /** The path as messages and state dictionaries have it: `0.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly posterior: Posterior;
  /** Rescaled already where the options ask for it. */
  readonly prior: Prior;
  /** Whether the prior's log density is 0 everywhere, which sums leave out. */
  readonly isFlat: boolean;
  /** A quicker way to a draw with its log densities, where the two distributions have one. */
  readonly sampleWithLogProb: SamplerWithLogProb | undefined;
  /** The bound of the uniform from which initial means are drawn, or the value at which they all start. */
  readonly initialMean: { readonly bound: number } | { readonly value: number };
  /** The fan-in that scales the initial spread; `null` where it is not scaled. */
  readonly fanIn: number | null;
  readonly priorInitialization: boolean;
}

/** A part of a layer in its place. */
export type ResolvedPart =
  | { readonly kind: 'variable'; readonly site: Site }
  | { readonly kind: 'randomKey'; readonly path: Path }
  | { readonly kind: 'layer'; readonly network: Network };

/** A layer whose variables know all that was said of them, here and in the layers around. */
export interface Network<out F extends Forward = Forward> {
  readonly path: Path;
  readonly layer: Layer<unknown, F>;
  /** Its parts by name, in the spec's order. */
  readonly parts: readonly (readonly [name: string, part: ResolvedPart])[];
  /** Its own variables and those of all layers below, in the spec's order. */
  readonly sites: readonly Site[];
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

/**
 * A rescaled prior, made once. One that is made of new tensors is made anew for each use, whose scope disposes them: a
 * model is a plain value, which nobody disposes.
 */
const rescaled = (prior: Prior, factor: number): (() => Prior) => {
  const { state } = engine();
  const before = state.numTensors;
  const made = tidy(() => {
    const scaled = prior.rescale(factor);
    return state.numTensors === before ? ({ scaled } as never) : ({} as never);
  }) as { readonly scaled?: Prior };
  return () => made.scaled ?? prior.rescale(factor);
};

const siteOf = (path: Path, variable: Variable<unknown>, outer: WeightOptions, ofLayer: number): Site => {
  const options = innermost(outer, variable.options);
  const fanIn = options.fanIn ?? ofLayer;
  const name = path.join('.');
  const given = asPrior(`prior of '${name}'`, options.prior ?? normal());
  const prior = options.rescalePrior ? rescaled(given, 1 / Math.sqrt(3 * fanIn)) : () => given;
  const posterior = asPosterior(`posterior of '${name}'`, options.posterior ?? defaultPosterior);
  const bound = 1 / Math.sqrt(ownFanIn(variable) ?? fanIn);
  return {
    path,
    name,
    shape: variable.shape,
    posterior,
    get prior() {
      return prior();
    },
    isFlat: isFlat(given),
    sampleWithLogProb: tidy(() => samplerWithLogProb(posterior, prior()) as never),
    initialMean: options.initialMean === undefined ? { bound } : { value: options.initialMean },
    fanIn: (options.kaimingInitialization ?? true) ? fanIn : null,
    // An initial mean of the variable's own overrides a layer's wish to start from the prior.
    priorInitialization:
      (variable.options.initialMean === undefined
        ? options.priorInitialization
        : variable.options.priorInitialization) ?? false,
  };
};

const sitesOf = (part: ResolvedPart): readonly Site[] => {
  if (part.kind === 'variable') return [part.site];
  return part.kind === 'layer' ? part.network.sites : [];
};

/**
 * A layer with its variables resolved: what `options`, its layers and each variable set, the innermost first. This is
 * the one walk over a spec; everything else is made of its result.
 *
 * @throws Error naming the variable for a prior or posterior that cannot play its role
 * @example
 * resolve({})(linear(4, 2)).sites.map(({ name }) => name); // ['weight', 'bias']
 */
export const resolve =
  (options: WeightOptions) =>
  <F extends Forward>(root: Layer<unknown, F>): Network<F> => {
    const go = <G extends Forward>(
      layer: Layer<unknown, G>,
      path: Path,
      outer: WeightOptions,
    ): Network<G> => {
      const settings = innermost(outer, layer.options);
      const fanIn = layerFanIn(layer);
      const resolved = (name: string, part: Part): ResolvedPart => {
        const place = [...path, name];
        const tag = tagOf(`layer: part '${name}'`, part);
        if (tag === 'RandomKey') return { kind: 'randomKey', path: place };
        if (tag === 'Layer')
          return { kind: 'layer', network: go(part as Layer<never, Forward>, place, settings) };
        const variable = asVariable(part as readonly number[] | Variable<unknown>);
        return { kind: 'variable', site: siteOf(place, variable, settings, fanIn) };
      };
      const parts = Object.entries(layer.spec).map(([name, part]) => [name, resolved(name, part)] as const);
      return { path, layer, parts, sites: parts.flatMap(([, part]) => sitesOf(part)) };
    };
    return go(root, [], options);
  };

/** What a fold makes of each kind of part. */
export interface Algebra<A> {
  readonly variable: (site: Site) => A;
  readonly randomKey: (path: Path) => A;
  readonly layer: (layer: Layer<unknown, Forward>, parts: Readonly<Record<string, A>>, path: Path) => A;
}

/**
 * Makes one value of a network, from its variables up.
 *
 * @example
 * const count = fold<number>({ variable: () => 1, randomKey: () => 0,
 *   layer: (_, parts) => Object.values(parts).reduce((a, b) => a + b, 0) });
 * count(resolve({})(linear(4, 2))); // 2
 */
export const fold = <A>(algebra: Algebra<A>): ((network: Network) => A) => {
  const of = (part: ResolvedPart): A => {
    if (part.kind === 'variable') return algebra.variable(part.site);
    return part.kind === 'randomKey' ? algebra.randomKey(part.path) : go(part.network);
  };
  const go = ({ layer, parts, path }: Network): A =>
    algebra.layer(layer, Object.fromEntries(parts.map(([name, part]) => [name, of(part)])), path);
  return go;
};

/**
 * A tree with what a function makes of each variable, in the structure of the parameter tree: a layer without
 * variables has no entry.
 *
 * @example
 * variableTree(({ shape }) => shape)(resolve({})(linear(4, 2))); // { weight: [4, 2], bias: [2] }
 */
export const variableTree = (make: (site: Site) => unknown): ((network: Network) => unknown) =>
  fold<unknown>({
    variable: make,
    randomKey: () => undefined,
    layer: (_, parts, path) => {
      const entries = Object.entries(parts).filter(([, part]) => part !== undefined);
      return entries.length === 0 && path.length > 0 ? undefined : Object.fromEntries(entries);
    },
  });

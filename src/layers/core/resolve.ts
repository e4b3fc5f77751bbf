import { engine, tidy, util } from '@tensorflow/tfjs-core';
import { normal, type Posterior, type Prior } from '../../distributions/index.ts';
import { asPosterior, type SamplerWithLogProb, samplerWithLogProb } from '../../distributions/posterior.ts';
import { asPrior, isFlat } from '../../distributions/prior.ts';
import type { Path } from '../../tree/index.ts';
import {
  type Forward,
  innermost,
  type Layer,
  type Part,
  type Statistic,
  type Variable,
  type WeightOptions,
} from './part.ts';
import { asVariable, partTag } from './variable.ts';

/** A variable at its path, with everything that does not depend on the parameters. */
export interface Site {
  readonly path: Path;
  /** The path as in messages and state dictionaries: `0.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly posterior: Posterior;
  /** Already rescaled if the options say so. */
  readonly prior: Prior;
  /** Whether the prior's log density is 0 everywhere; sums skip it. */
  readonly isFlat: boolean;
  /** A fused sampler with log densities, if the two distributions have one. */
  readonly sampleWithLogProb: SamplerWithLogProb | undefined;
  /** The bound of the uniform distribution of initial means, or their common value. */
  readonly initialMean: { readonly bound: number } | { readonly value: number };
  /** The fan-in that scales the initial spread; `null` for no scaling. */
  readonly fanIn: number | null;
  readonly priorInitialization: boolean;
}

/** A statistic at its path. */
export interface StatisticSite {
  readonly path: Path;
  /** The path as in messages and state dictionaries: `1.runningMean`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialValue: number;
}

/** A part of a layer at its path. */
export type ResolvedPart =
  | { readonly kind: 'variable'; readonly site: Site }
  | { readonly kind: 'statistic'; readonly site: StatisticSite }
  | { readonly kind: 'randomKey'; readonly path: Path }
  | { readonly kind: 'layer'; readonly network: Network };

/** A layer whose variables have all their options resolved, from the layer itself and those around it. */
export interface Network<out F extends Forward = Forward> {
  readonly path: Path;
  readonly layer: Layer<unknown, F>;
  /** Its parts by name, in the spec's order. */
  readonly parts: readonly (readonly [name: string, part: ResolvedPart])[];
  /** Its own variables and those of all layers below, in the spec's order. */
  readonly sites: readonly Site[];
  /** Its own statistics and those of all layers below, likewise. */
  readonly statistics: readonly StatisticSite[];
}

/** Narrower than the prior: a network with a small initial spread learns faster, and widens where the data allows. */
const defaultPosterior = normal({ std: 0.1 });

/** How many inputs feed one output of a matrix or filter; `undefined` for a vector. */
const ownFanIn = ({ shape, options }: Variable<unknown>): number | undefined =>
  options.fanIn ?? (shape.length < 2 ? undefined : util.sizeFromShape(shape.slice(0, -1)));

/** A layer's fan-in is that of its first variable, so that a bias gets the same initial spread as its weight. */
const layerFanIn = (layer: Layer<unknown, Forward>): number => {
  const first = Object.entries(layer.spec).find(
    ([name, part]) => partTag(`layer: part '${name}'`, part) === 'Variable',
  )?.[1];
  if (first === undefined) return 1;
  const variable = asVariable(first as readonly number[] | Variable<unknown>);
  return ownFanIn(variable) ?? 1;
};

/**
 * A rescaled prior. Created once, unless it allocates tensors: then it is recreated for each use, whose scope disposes
 * them, since a model is a plain value without a dispose step.
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

const resolveSite = (
  path: Path,
  variable: Variable<unknown>,
  outer: WeightOptions,
  ofLayer: number,
): Site => {
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
    // A variable's own initial mean overrides the layer's `priorInitialization`.
    priorInitialization:
      (variable.options.initialMean === undefined
        ? options.priorInitialization
        : variable.options.priorInitialization) ?? false,
  };
};

const partSites = (part: ResolvedPart): readonly Site[] => {
  if (part.kind === 'variable') return [part.site];
  return part.kind === 'layer' ? part.network.sites : [];
};

const partStatistics = (part: ResolvedPart): readonly StatisticSite[] => {
  if (part.kind === 'statistic') return [part.site];
  return part.kind === 'layer' ? part.network.statistics : [];
};

/**
 * A layer with its variables resolved from `options`, its layers and each variable, the innermost first. This is the
 * only walk over a spec; everything else works on its result.
 *
 * @throws Error naming the variable for an invalid prior or posterior
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
        const tag = partTag(`layer: part '${name}'`, part);
        if (tag === 'RandomKey') return { kind: 'randomKey', path: place };
        if (tag === 'Statistic') {
          const { shape, initialValue } = part as Statistic;
          return {
            kind: 'statistic',
            site: { path: place, name: place.join('.'), shape, initialValue },
          };
        }
        if (tag === 'Layer')
          return { kind: 'layer', network: go(part as Layer<never, Forward>, place, settings) };
        const variable = asVariable(part as readonly number[] | Variable<unknown>);
        return { kind: 'variable', site: resolveSite(place, variable, settings, fanIn) };
      };
      const parts = Object.entries(layer.spec).map(([name, part]) => [name, resolved(name, part)] as const);
      return {
        path,
        layer,
        parts,
        sites: parts.flatMap(([, part]) => partSites(part)),
        statistics: parts.flatMap(([, part]) => partStatistics(part)),
      };
    };
    return go(root, [], options);
  };

/** The function of a fold for each kind of part. */
export interface Algebra<A> {
  readonly variable: (site: Site) => A;
  readonly statistic: (site: StatisticSite) => A;
  readonly randomKey: (path: Path) => A;
  readonly layer: (layer: Layer<unknown, Forward>, parts: Readonly<Record<string, A>>, path: Path) => A;
}

/**
 * Folds a network to one value, bottom up.
 *
 * @example
 * const count = fold<number>({ variable: () => 1, statistic: () => 0, randomKey: () => 0,
 *   layer: (_, parts) => Object.values(parts).reduce((a, b) => a + b, 0) });
 * count(resolve({})(linear(4, 2))); // 2
 */
export const fold = <A>(algebra: Algebra<A>): ((network: Network) => A) => {
  const of = (part: ResolvedPart): A => {
    if (part.kind === 'variable') return algebra.variable(part.site);
    if (part.kind === 'statistic') return algebra.statistic(part.site);
    return part.kind === 'randomKey' ? algebra.randomKey(part.path) : go(part.network);
  };
  const go = ({ layer, parts, path }: Network): A =>
    algebra.layer(layer, Object.fromEntries(parts.map(([name, part]) => [name, of(part)])), path);
  return go;
};

/** What stands for each variable and each statistic in a tree; `undefined` for no entry. */
export interface TreeLeaves {
  readonly variable: (site: Site) => unknown;
  readonly statistic: (site: StatisticSite) => unknown;
}

/**
 * Maps each variable and each statistic to a value, in the structure of the parameter tree: a layer without any has no
 * entry.
 *
 * @example
 * const shapes = parameterTree({ variable: ({ shape }) => shape, statistic: ({ shape }) => shape });
 * shapes(resolve({})(linear(4, 2))); // { weight: [4, 2], bias: [2] }
 */
export const parameterTree = (leaves: TreeLeaves): ((network: Network) => unknown) =>
  fold<unknown>({
    ...leaves,
    randomKey: () => undefined,
    layer: (_, parts, path) => {
      const entries = Object.entries(parts).filter(([, part]) => part !== undefined);
      return entries.length === 0 && path.length > 0 ? undefined : Object.fromEntries(entries);
    },
  });

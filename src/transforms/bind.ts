import { clone, type Tensor } from '@tensorflow/tfjs-core';
import type { HKT } from 'fp-ts/HKT.js';
import type { Applicative } from 'fp-ts/lib/Applicative.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as RA from 'fp-ts/lib/ReadonlyArray.js';
import * as W from 'fp-ts/lib/Writer.js';
import { describe, misuse, sameShape, tag } from '../check/index.ts';
import { checkLogProb } from '../distributions/checkLogProb.ts';
import { checkMoments } from '../distributions/checkMoments.ts';
import type { Scored } from '../distributions/index.ts';
import { isZero } from '../distributions/zeroLogProb.ts';
import { fold } from '../layers/fold.ts';
import type { Forward, Layer, Site, WeightOptions } from '../layers/index.ts';
import type { Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { at, entries, isNode, isTensor, leaves, map, type Path, traverse } from '../tree/index.ts';
import { bindPerturbed, type DrawnVariable } from './bindPerturbed.ts';
import type { AffineSite, Estimator, Moments } from './estimator.ts';
import { keyAt } from './keyAt.ts';
import type { LogProbs } from './stochastic.ts';

/** The log probabilities of one variable's draw, computed only when somebody asks; undefined where they count as 0. */
export type Term = () => { readonly [K in keyof LogProbs]: LogProbs[K] | undefined };

/** A part of a network with its weights filled in, and the terms that this left behind. */
type Bound = W.Writer<readonly Term[], unknown>;

/** A bound part; a variable also shows its moments, for layers that do without its draw. */
interface BoundPart {
  readonly bound: Bound;
  readonly variable?: {
    readonly name: string;
    readonly family: string;
    readonly symmetric: boolean;
    readonly moments: (() => Moments) | undefined;
  };
}

const terms = RA.getMonoid<Term>();
const writer = W.getApplicative(terms);

/** What stands for the parameters may hold them: a whole state of training. */
const paramsAt = (site: Site, params: unknown): unknown => {
  const own = at(site.path)(params);
  if (own !== undefined && own !== null) return own;
  const inside = isNode(params) && 'params' in params ? '; is its params meant?' : '';
  throw new Error(
    `params: '${site.path.join('.')}' must be the parameters of a ${site.posterior.name} posterior, got ${describe(own)} ` +
      `in ${describe(params)}${inside}`,
  );
};

const fitting = (site: Site, weight: Tensor): Tensor =>
  sameShape(weight.shape, site.shape)
    ? weight
    : misuse(`params: '${site.path.join('.')}'`, `a weight of shape [${site.shape.join(', ')}]`, weight);

const termOf = (
  estimator: Estimator,
  { path, shape, prior, posterior }: Site,
  params: unknown,
  weight: Tensor,
): Term => {
  const name = path.join('.');
  return estimator.draws
    ? () => ({
        prior: isZero(prior.logProb)
          ? undefined
          : checkLogProb(`${prior.name} prior of '${name}'`, shape, prior.logProb(weight, params)),
        posterior: isZero(posterior.logProb)
          ? undefined
          : checkLogProb(
              `${posterior.name} posterior of '${name}'`,
              shape,
              posterior.logProb(params, weight),
            ),
      })
    : notDrawn(estimator, name);
};

const notDrawn =
  (estimator: Estimator, name: string): Term =>
  () => {
    throw new Error(
      `withLogProbs: variable '${name}' was never drawn, since ${estimator.name} does without its weights; ` +
        'use withDivergence, or the model without that estimator',
    );
  };

/** What stands for a weight, and the log densities of a draw if they came with it. */
type Drawn = Pick<Scored, 'weight'> & Partial<Scored>;

/** Parameters of another posterior, or a fault in one's own: what goes wrong at a variable tells its name. */
const drawnAt = (estimator: Estimator, scoring: boolean, site: Site, own: unknown, key: Key): Drawn => {
  try {
    const drawn = estimator.variable(site, own, keyAt(site.path)(key), scoring);
    return isTensor(drawn) ? { weight: drawn } : drawn;
  } catch (error) {
    const gone = entries(own).find(({ tensor }) => tensor.isDisposed);
    const why = error instanceof Error ? error.message : String(error);
    const message = gone === undefined ? why : `its ${gone.path.join('.') || 'tensor'} is disposed`;
    throw new Error(
      `variable '${site.path.join('.')}', a ${site.posterior.name} posterior with ${describe(own)}: ${message}`,
      { cause: error },
    );
  }
};

const bindVariable = (
  estimator: Estimator,
  scoring: boolean,
  params: unknown,
  key: Key,
  site: Site,
): BoundPart => {
  const own = paramsAt(site, params);
  const family = site.posterior;
  const name = site.path.join('.');
  return {
    bound: () => {
      const { weight, prior, posterior } = drawnAt(estimator, scoring, site, own, key);
      const term = prior && posterior ? () => ({ prior, posterior }) : termOf(estimator, site, own, weight);
      return [fitting(site, weight), [term]];
    },
    variable: {
      name,
      family: family.name,
      symmetric: family.symmetric === true,
      moments:
        family.moments &&
        (() =>
          checkMoments(
            `${family.name} posterior of '${name}'`,
            site.shape,
            family.moments?.(own) as Moments,
          )),
    },
  };
};

/** A layer called twice would use one noise for two outputs, and their errors would no longer be independent. */
const once = (estimator: Estimator, name: string, f: (x: Tensor) => Tensor): ((x: Tensor) => Tensor) => {
  const called = { yet: false };
  return (x) => {
    if (called.yet) {
      throw new Error(
        `${estimator.name}: layer '${name}' is called twice in one forward pass, which needs one draw of its ` +
          'weights; use the model without that estimator',
      );
    }
    called.yet = true;
    return f(x);
  };
};

const bindAffine = (
  estimator: Estimator,
  affine: NonNullable<Estimator['affine']>,
  layer: Layer<unknown, Forward>,
  parts: Readonly<Record<string, BoundPart>>,
  place: Pick<AffineSite, 'name' | 'key'>,
): Bound => {
  const variables = Object.entries(parts).flatMap(([name, { variable }]) =>
    variable === undefined ? [] : [{ part: name, ...variable }],
  );
  const moments = variables.map(
    ({ part, name, family, moments: own }) =>
      [
        part,
        own?.() ?? misuse(`${estimator.name}: posterior of '${name}'`, 'one with moments', family),
      ] as const,
  );
  const bodyOn = (pick: (moments: Moments) => Tensor) =>
    layer.body(Object.fromEntries(moments.map(([name, own]) => [name, pick(own)])) as never) as (
      x: Tensor,
    ) => Tensor;
  const site: AffineSite = {
    ...place,
    featureRank: layer.featureRank ?? 1,
    mean: bodyOn(({ mean }) => mean),
    variance: bodyOn(({ variance }) => variance),
  };
  return () => [
    once(estimator, place.name, affine(site)),
    variables.map(({ name }) => notDrawn(estimator, name)),
  ];
};

/** The parts of an affine layer, which are all variables. */
const drawnVariables = (
  parts: Readonly<Record<string, BoundPart>>,
): Readonly<Record<string, DrawnVariable<Term>>> =>
  Object.fromEntries(
    Object.entries(parts).flatMap(([part, { bound, variable }]) => {
      if (variable === undefined) return [];
      const { moments, ...rest } = variable;
      return [[part, { ...rest, mean: moments && (() => moments().mean), draw: bound }]];
    }),
  );

/** What a layer's body returned, if it is what the layer becomes. */
const forwardOf = (path: Path, forward: unknown): unknown =>
  typeof forward === 'function'
    ? forward
    : misuse(
        `layer: result of the body${path.length === 0 ? '' : ` of '${path.join('.')}'`}`,
        'a function, as in ({ weight }) => (x) => tf.mul(x, weight)',
        forward,
      );

const bindLayer = (
  layer: Layer<unknown, Forward>,
  parts: Readonly<Record<string, BoundPart>>,
  path: Path,
): Bound =>
  pipe(
    traverse(writer as unknown as Applicative<'Writer'>)((bound) => bound as HKT<'Writer', unknown>)(
      Object.fromEntries(Object.entries(parts).map(([name, { bound }]) => [name, bound])),
    ) as unknown as Bound,
    W.map((values) => forwardOf(path, layer.body(values as never))),
  );

/** A network that hands on its input, as dropout without noise does, gives its caller a tensor of its own. */
const apartFrom =
  (params: unknown, forward: (...inputs: readonly unknown[]) => unknown) =>
  (...inputs: readonly unknown[]): unknown => {
    const given = new Set([...leaves(inputs), ...leaves(params)].map(({ id }) => id));
    return map((x) => (given.has(x.id) ? clone(x) : x))(forward(...inputs));
  };

/**
 * Fills in a network's weights: its forward function, and a term for every variable. The estimator decides
 * what stands for a weight. With `scoring` the terms will be asked for, so a draw may bring its own; else they hold no
 * tensors.
 *
 * @throws Error naming the variable whose parameters are missing or of the wrong shape
 * @example
 * const [forward, terms] = bind(drawing, {}, net)(params, random.key(0));
 */
export const bind =
  <F extends Forward>(
    estimator: Estimator,
    options: WeightOptions,
    layer: Layer<unknown, F>,
    { scoring }: { readonly scoring: boolean } = { scoring: false },
  ) =>
  (params: unknown, key: Key): readonly [forward: F, terms: readonly Term[]] => {
    if (!isNode(params) || tag(params) !== undefined) misuse('params', "the model's parameter tree", params);
    checkKey('key', key);
    const part = fold<BoundPart>({
      variable: (site) => bindVariable(estimator, scoring, params, key, site),
      randomKey: (path) => ({ bound: () => [estimator.noisy ? keyAt(path)(key) : null, terms.empty] }),
      layer: (each, parts, path) => {
        const { affine, perturbed } = estimator;
        const variables = Object.values(parts).map(({ variable }) => variable);
        // A layer of ordinary weights has no noise to put on its output.
        const noisy = variables.some((variable) => variable?.family !== 'pointMass');
        const place = () => ({ name: path.join('.'), key: keyAt([...path, 'output'])(key) });
        if (perturbed !== undefined && each.featureRank !== undefined && noisy) {
          return { bound: bindPerturbed(estimator, perturbed, each, drawnVariables(parts), place()) };
        }
        return affine !== undefined && each.featureRank !== undefined && noisy
          ? { bound: () => bindAffine(estimator, affine, each, parts, place())() }
          : { bound: bindLayer(each, parts, path) };
      },
    })(options)(layer);
    const [forward, log] = part.bound();
    return [apartFrom(params, forward as Parameters<typeof apartFrom>[1]) as unknown as F, log];
  };

import { clone, type Tensor } from '@tensorflow/tfjs-core';
import { describe, invalidArgument, sameShape, tag } from '../check/index.ts';
import { checkMoments } from '../distributions/checks.ts';
import { productWithSample } from '../distributions/posterior.ts';
import { parameterTree } from '../layers/core/resolve.ts';
import { run } from '../layers/core/run.ts';
import type { Forward, Network, Recorder, Site, StatisticSite } from '../layers/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { at, entries, isNode, isTensor, leaves, map, type Path } from '../tree/index.ts';
import type { Estimator, Moments, Sample } from './estimator.ts';
import type { WithStatistics } from './stochastic.ts';

/** FNV-1a, 32 bits: hashes names to the integers that are folded into keys. */
const hash = (text: string): number =>
  Array.from(text).reduce((h, char) => Math.imul(h ^ (char.codePointAt(0) ?? 0), 16777619), 2166136261) >>> 0;

/**
 * The key at a path in a network. It depends only on the path, so adding a layer does not change the samples of
 * another.
 *
 * @example
 * keyAt(['hidden', 'weight'])(random.key(0));
 */
export const keyAt =
  (path: Path) =>
  (key: Key): Key =>
    path.reduce((k, name) => foldIn(k, hash(name)), key);

/** How one weight is sampled: by its posterior, or by the given function. */
export type Draw = (site: Site, params: unknown, key: Key, sample: Sample | undefined) => Tensor;

const plainDraw: Draw = ({ posterior }, params, key, sample) =>
  sample === undefined ? posterior.sample(params, key) : sample(params, key);

/** A variable's posterior parameters. The error has a hint if the tree is inside the given value, as in a training state. */
const paramsAt = ({ path, name, posterior }: Site, params: unknown): unknown => {
  const own = at(path)(params);
  if (own !== undefined && own !== null) return own;
  const hint = isNode(params) && 'params' in params ? '; did you mean its params?' : '';
  throw new Error(
    `params: '${name}' must be the parameters of a ${posterior.name} posterior, got ${describe(own)} ` +
      `in ${describe(params)}${hint}`,
  );
};

/**
 * Runs a function of a posterior's parameters, and adds the variable to its errors, such as for parameters of another
 * family or a fault in a custom one.
 *
 * @example
 * const moments = atSite(site, own, () => site.posterior.moments?.(own));
 */
export const atSite = <Y>({ name, posterior }: Site, own: unknown, f: () => Y): Y => {
  try {
    return f();
  } catch (error) {
    const disposed = entries(own).find(({ tensor }) => tensor.isDisposed);
    const why = error instanceof Error ? error.message : String(error);
    const message = disposed === undefined ? why : `its ${disposed.path.join('.') || 'tensor'} is disposed`;
    throw new Error(`variable '${name}', a ${posterior.name} posterior with ${describe(own)}: ${message}`, {
      cause: error,
    });
  }
};

const checkedWeight = ({ name, shape }: Site, weight: Tensor): Tensor =>
  sameShape(weight.shape, shape)
    ? weight
    : invalidArgument(`params: '${name}'`, `a weight of shape [${shape.join(', ')}]`, weight);

/** The moments of a variable's posterior, `undefined` if it has none. */
export type MomentsOf = (site: Site, params: unknown) => Moments | undefined;

const plainMoments: MomentsOf = ({ posterior }, params) => posterior.moments?.(params);

/** What the statistics of a network recorded in a run. */
export type Recorded = Map<StatisticSite, Tensor>;

/** The value of a statistic in the parameters, and where the next one goes, if the run is one of training. */
const recorder =
  (params: unknown, recorded: Recorded | undefined) =>
  (site: StatisticSite): Recorder => {
    const { path, name, shape } = site;
    const fitting = (argument: string, value: unknown): Tensor =>
      isTensor(value) && value.dtype === 'float32' && sameShape(value.shape, shape)
        ? value
        : invalidArgument(argument, `a float32 tensor of shape [${shape.join(', ')}]`, value);
    return {
      get value() {
        return recorded?.get(site) ?? fitting(`params: '${name}'`, at(path)(params));
      },
      record:
        recorded === undefined
          ? null
          : (next) => {
              recorded.set(site, fitting(`layer: the recorded value of '${name}'`, next));
            },
    };
  };

/**
 * What a run of training recorded, in the structure of the parameter tree, as a part of its result; nothing for a network
 * without statistics.
 *
 * @example
 * recordedStatistics(model.network, recorded).statistics; // { 1: { runningMean, runningVar } }
 */
export const recordedStatistics = (network: Network, recorded: Recorded | undefined): WithStatistics =>
  recorded === undefined
    ? {}
    : {
        statistics: parameterTree({ variable: () => undefined, statistic: (site) => recorded.get(site) })(
          network,
        ) as NonNullable<WithStatistics['statistics']>,
      };

/** Where the statistics of a network record in training; `undefined` if it has none. */
export const freshRecord = ({ statistics }: Network): Recorded | undefined =>
  statistics.length === 0 ? undefined : new Map();

/**
 * The forward function of a network, its weights filled in by an estimator. With `recorded` it runs in training: its
 * statistics record there. `momentsOf` computes the moments that the estimator asks for.
 *
 * @throws Error naming the variable whose parameters are missing or of the wrong shape
 * @example
 * const logits = forward(model.network, weightSampling, params, random.key(0))(images);
 */
export const forward = <F extends Forward>(
  network: Network<F>,
  estimator: Estimator,
  params: unknown,
  key: Key,
  draw: Draw = plainDraw,
  recorded?: Recorded,
  momentsOf: MomentsOf = plainMoments,
): F => {
  if (!isNode(params) || tag(params) !== undefined)
    invalidArgument('params', "the model's parameter tree", params);
  checkKey('key', key);
  return run(network, {
    ...(network.statistics.length > 0 && { statistic: recorder(params, recorded) }),
    ...estimator.handler({
      key: (path) => keyAt(path)(key),
      draw: (site, sample) => {
        const own = paramsAt(site, params);
        const weight = atSite(site, own, () => draw(site, own, keyAt(site.path)(key), sample));
        return checkedWeight(site, weight);
      },
      // Whoever records draws needs the weights themselves.
      ...(draw === plainDraw && {
        product: (site: Site) => {
          const { path, posterior, shape } = site;
          const own = paramsAt(site, params);
          return atSite(site, own, () => productWithSample(posterior, own, keyAt(path)(key), shape));
        },
      }),
      moments: (site) => {
        const { name, shape, posterior } = site;
        const own = paramsAt(site, params);
        const moments =
          atSite(site, own, () => momentsOf(site, own)) ??
          invalidArgument(
            `${estimator.name}: posterior of '${name}'`,
            'one with moments',
            posterior.name,
            'give it moments(params): the mean and variance of each element',
          );
        return checkMoments(`${posterior.name} posterior of '${name}'`, shape, moments);
      },
    }),
  });
};

/** Clones outputs that are among the given tensors: a network may return its input, as dropout without noise does. */
export const apartFrom = <Y>(params: unknown, inputs: readonly unknown[], output: Y): Y => {
  const given = new Set([...leaves(inputs), ...leaves(params)].map(({ id }) => id));
  return map((x) => (given.has(x.id) ? clone(x) : x))(output) as Y;
};

import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  knownOptions,
  nonNegativeNumber,
  type OptionNames,
  sameShape,
} from '../check/index.ts';
import { isPruned, prunedLogScale, prunedPosterior } from '../distributions/pruned.ts';
import type { Forward, Site } from '../layers/index.ts';
import { at, dispose, isTensor, leaves, map, tidied } from '../tree/index.ts';
import type { Moments } from './estimator.ts';
import { atSite } from './forward.ts';
import type { Ensemble, Model } from './model.ts';
import { checkedModel, type NotBayesian } from './modelArgument.ts';
import { restarted } from './restarted.ts';

/** A number or a scalar, which `prune` disposes. */
export type ModelScore = number | tf.Tensor;

/** Options of `prune`. */
export interface PruneOptions<P, F extends Forward = Forward> {
  /** The least |mean| / std of the weights that are kept, 0 or above; 0 keeps all. */
  readonly signalToNoise: number;
  /**
   * Scores a model and its parameters, such as by their accuracy on test data: called before and after, for the report. It
   * disposes its other tensors.
   */
  readonly score?: (model: Model<P, F>, params: P) => ModelScore | Promise<ModelScore>;
}

const optionNames: OptionNames<PruneOptions<never>> = { signalToNoise: true, score: true };

/** The elements of one variable, or of all, that were kept. */
export interface KeptElements {
  /** The number of elements. */
  readonly size: number;
  readonly kept: number;
  /** `kept / size`. */
  readonly share: number;
}

/** What `prune` did. */
export interface PruningReport extends KeptElements {
  readonly signalToNoise: number;
  /** By variable, in the order of the network; `name` is its path, as in `0.weight`. */
  readonly variables: readonly (KeptElements & { readonly name: string })[];
  /**
   * The size of all parameters in float32, in bytes: before in full, after as a sparse checkpoint stores them, with the
   * parameters of kept elements and a bit for each element where that saves space. The header of a file comes on top.
   */
  readonly bytes: { readonly before: number; readonly after: number };
  /** What `score` returned for the given model and for the pruned one; absent without `score`. */
  readonly score?: { readonly before: number; readonly after: number };
}

/** A pruned model with its parameters and a report. */
export interface Pruned<P, F extends Forward = Forward> {
  /** The model whose pruned elements stay 0, in training too. Its `init` copies `params`, for any key. */
  readonly model: Model<P, F>;
  /** New parameters, which the caller owns. */
  readonly params: P;
  readonly report: PruningReport;
}

/** Pruning one element of a correlated weight would change the distribution of the others. */
const isPrunable = ({ posterior }: Site): boolean =>
  posterior.independent === true &&
  posterior.deterministic !== true &&
  posterior.moments !== undefined &&
  posterior.logScale !== undefined;

/** The parameters of a site that pruning changes. */
interface Own {
  readonly mean: tf.Tensor;
  readonly logScale: tf.Tensor;
}

const ownParams = ({ path, name, shape, posterior }: Site, params: unknown): Own => {
  const checked = (parameter: string): tf.Tensor => {
    const found = at([...path, parameter])(params);
    return isTensor(found) && sameShape(found.shape, shape) && !found.isDisposed
      ? found
      : invalidArgument(
          `prune: params, '${name}.${parameter}'`,
          `a tensor of shape [${shape.join(', ')}], as in the model`,
          found,
        );
  };
  return { mean: checked('mean'), logScale: checked(posterior.logScale as string) };
};

/** The values of a tensor, if they are finite. */
const finiteValues = async (what: string, x: tf.Tensor): Promise<Float32Array> => {
  const values = (await x.data()) as Float32Array;
  const bad = values.find((value) => !Number.isFinite(value));
  return bad === undefined ? values : invalidArgument(what, 'finite', bad);
};

const readMoments = async (site: Site, params: unknown) => {
  const own = at(site.path)(params);
  const moments = tidied(() =>
    map((x) => tf.clone(x))(atSite(site, own, () => site.posterior.moments?.(own)) as Moments),
  );
  try {
    const what = `prune: ${site.posterior.name} posterior of '${site.name}'`;
    return {
      mean: await finiteValues(`${what}: mean`, moments.mean),
      variance: await finiteValues(`${what}: variance`, moments.variance),
    };
  } finally {
    dispose(moments);
  }
};

/** The next parameters of a site, with the number of elements that are kept. */
interface PrunedSite {
  readonly next: Readonly<Record<string, tf.Tensor>>;
  readonly kept: number;
}

const prunedSite = async (site: Site, params: unknown, ratio: number): Promise<PrunedSite> => {
  const { mean, logScale } = ownParams(site, params);
  const { name, posterior, shape } = site;
  const moments = await readMoments(site, params);
  const means = new Float32Array(await finiteValues(`prune: params, '${name}.mean'`, mean));
  const scaleName = posterior.logScale as string;
  const logs = new Float32Array(await finiteValues(`prune: params, '${name}.${scaleName}'`, logScale));
  let kept = 0;
  for (let i = 0; i < means.length; i++) {
    const signal = Math.abs(moments.mean[i] as number) / Math.sqrt(moments.variance[i] as number);
    if (signal < ratio || isPruned(logs[i] as number)) {
      means[i] = 0;
      logs[i] = prunedLogScale;
    } else kept += 1;
  }
  return {
    next: { mean: tf.tensor(means, [...shape]), [scaleName]: tf.tensor(logs, [...shape]) },
    kept,
  };
};

const counted = (size: number, kept: number): KeptElements => ({ size, kept, share: kept / size });

const elements = ({ shape }: Site): number => tf.util.sizeFromShape([...shape]);

/** What the name of one more tensor takes in the header of a file. */
const ENTRY = 256;

/**
 * The bytes that a file saves if it stores only the kept elements of a variable, of `each` bytes, with a bit for each
 * element; 0 if that is not worth an entry of its header.
 *
 * @example
 * savedBytes(1000, 100, 8); // 7075
 */
export const savedBytes = (size: number, kept: number, each: number): number => {
  const saved = each * (size - kept) - Math.ceil(size / 8);
  return saved > ENTRY ? saved : 0;
};

const reported = (
  sites: readonly Site[],
  done: ReadonlyMap<Site, PrunedSite>,
  params: unknown,
): Omit<PruningReport, 'signalToNoise' | 'score'> => {
  const variables = sites.map((site) => ({
    name: site.name,
    ...counted(elements(site), done.get(site)?.kept ?? elements(site)),
  }));
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  const before = 4 * sum(leaves(params).map(({ size }) => size));
  const saved = sum([...done].map(([site, { kept }]) => savedBytes(elements(site), kept, 8)));
  return {
    ...counted(sum(variables.map(({ size }) => size)), sum(variables.map(({ kept }) => kept))),
    variables,
    bytes: { before, after: before - saved },
  };
};

const scored = async <P, F extends Forward>(
  score: NonNullable<PruneOptions<P, F>['score']>,
  model: Model<P, F>,
  params: P,
): Promise<number> => {
  const given = await score(model, params);
  const value = isTensor(given) ? (await given.data())[0] : given;
  const isScalar = !isTensor(given) || given.size === 1;
  if (isTensor(given)) dispose(given);
  return isScalar && typeof value === 'number' && Number.isFinite(value)
    ? value
    : invalidArgument('prune: result of score', 'a finite number or a scalar', given);
};

/** The parameters with those of pruned sites, which they own; everything else is copied. */
const replaced = <P>(params: P, done: ReadonlyMap<Site, PrunedSite>): P => {
  const next = new Map(
    [...done].flatMap(([{ path }, { next }]) =>
      Object.entries(next).map(([name, x]) => [JSON.stringify([...path, name]), x] as const),
    ),
  );
  return map((x, path) => next.get(JSON.stringify(path)) ?? tf.clone(x))(params) as P;
};

/**
 * Sets the weights with the least signal-to-noise ratio, |mean| / std, to exactly 0: they hardly add to a prediction but
 * noise (Graves, Practical variational inference for neural networks, 2011; Blundell et al., Weight uncertainty
 * in neural networks, 2015, section 5.1). A pruned element is a point mass at 0: 0 in every draw and in the mean, with the
 * estimators too. The others keep their parameters bit for bit, and their draws for the same key.
 *
 * In the parameters a pruned element has a mean of 0 and a log scale of -1024, whose exponential is 0. So any model with the same
 * posteriors predicts with them, also the one that was given; but only the returned model keeps pruned elements at 0 in
 * training, without a gradient. As for `pointMass`, their prior's term remains in the loss, a constant. Elements that are
 * pruned already stay so: `signalToNoise: 0` makes the pruned model for parameters from a file. Save them with
 * `checkpoint.save(model, { sparse: true })`.
 *
 * Variables whose posteriors have independent elements, moments and a `logScale` are pruned: `normal` and `studentT` with
 * more than two degrees of freedom. All others are kept whole: correlated posteriors, where an element says something about
 * others, ordinary weights (`pointMass`, `deterministic`), which have no noise, and statistics. In an ensemble each member
 * has its own pruned elements.
 *
 * The model refers to the tensors of the new parameters, so dispose them after it.
 *
 * @throws Error for an invalid model or option, a network without variables that can be pruned, and, naming it, a parameter
 * that is missing or of another shape; the promise is rejected for a value or a score that is not finite
 * @example
 * const pruned = await prune(model, params, {
 *   signalToNoise: 0.5,
 *   score: (each, own) => tf.tidy(() => {
 *     const run = predict(each, { likelihood: categorical() });
 *     const { mean } = run(own, random.key(0), testImages);
 *     return accuracy(mean, testLabels);
 *   }),
 * });
 * const { share, score } = pruned.report;
 * console.log(share <= 1, score!.after <= 1); // true true
 */
export const prune = <P, F extends Forward>(
  of: Model<P, F> | NotBayesian,
  params: P,
  options: PruneOptions<P, F>,
): Promise<Pruned<P, F>> => {
  const model = checkedModel('prune: model', of);
  const { signalToNoise, score } = knownOptions('prune', options, optionNames);
  nonNegativeNumber('prune: signalToNoise', signalToNoise);
  if (score !== undefined && typeof score !== 'function')
    invalidArgument('prune: score', 'a function of a model and its parameters', score);
  const { sites } = model.network;
  const prunable = sites.filter(isPrunable);
  if (prunable.length === 0)
    invalidArgument(
      'prune: model',
      'one with a variable that can be pruned, such as a normal posterior',
      sites.map(({ name, posterior }) => `'${name}' (${posterior.name})`).join(', ') || 'no variables',
    );
  for (const site of prunable) ownParams(site, params);
  return pruned(model, params, prunable, signalToNoise, score);
};

/** An ensemble that starts from given parameters, also after its members have got another estimator. */
const startedEnsemble = <P, F extends Forward>(
  model: Model<P, F>,
  init: Model<P, F>['init'],
): Model<P, F> => ({
  ...model,
  init,
  ...(model.ensemble && {
    ensemble: {
      ...model.ensemble,
      rebuild: (member) => startedEnsemble((model.ensemble as Ensemble<P, F>).rebuild(member), init),
    },
  }),
});

/** The model, or the ensemble of models, with pruned posteriors at some sites. */
const prunedModel = <P, F extends Forward>(
  model: Model<P, F>,
  prunable: readonly Site[],
  start: () => P,
): Model<P, F> => {
  const places = new Set(prunable.map(({ path }) => JSON.stringify(path)));
  const { ensemble } = model;
  const one = ensemble?.member ?? model;
  const next = restarted(one, {
    posterior: ({ path, posterior }) =>
      places.has(JSON.stringify(path)) ? prunedPosterior(posterior) : undefined,
    start,
  });
  return ensemble === undefined
    ? next
    : startedEnsemble(ensemble.rebuild({ ...next, init: one.init }), next.init);
};

const pruned = async <P, F extends Forward>(
  model: Model<P, F>,
  params: P,
  prunable: readonly Site[],
  signalToNoise: number,
  score: PruneOptions<P, F>['score'],
): Promise<Pruned<P, F>> => {
  const before = score && (await scored(score, model, params));
  const done = new Map<Site, PrunedSite>();
  try {
    for (const site of prunable) done.set(site, await prunedSite(site, params, signalToNoise));
  } catch (error) {
    dispose([...done.values()].map(({ next }) => next));
    throw error;
  }
  const report = reported(model.network.sites, done, params);
  const own = replaced(params, done);
  const next = prunedModel(model, prunable, () => map((x) => tf.clone(x))(own) as P);
  try {
    const after = score && (await scored(score, next, own));
    return {
      model: next,
      params: own,
      report: {
        signalToNoise,
        ...report,
        ...(before !== undefined && after !== undefined && { score: { before, after } }),
      },
    };
  } catch (error) {
    dispose(own);
    throw error;
  }
};

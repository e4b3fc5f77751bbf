import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  knownOptions,
  nonNegativeNumber,
  type OptionNames,
  positiveInteger,
  positiveNumber,
} from '../check/index.ts';
import type { Likelihood, NotAPrior } from '../distributions/index.ts';
import { peekValues } from '../distributions/peekValues.ts';
import { parameterTree } from '../layers/core/resolve.ts';
import type { Forward, Network } from '../layers/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { dispose, map, stack, tidied } from '../tree/index.ts';
import { type VmapArgument, vmap } from '../vmap/index.ts';
import type { Batch } from './elbo.ts';
import { keyAt } from './forward.ts';
import type { WeightTree } from './fromWeights.ts';
import { type DualAveraging, dualAveraging, startAveraging } from './hamiltonian/dualAveraging.ts';
import { type LogDensity, type Point, pointAt } from './hamiltonian/leapfrog.ts';
import { type Trajectory, transition } from './hamiltonian/transition.ts';
import { initialWeight } from './initialize.ts';
import { logJoint } from './logJoint.ts';
import type { Model } from './model.ts';
import { type NotBayesian, singleModel } from './modelArgument.ts';

/** Options of `hamiltonianMonteCarlo`, for a network with outputs `Y` and targets `T`. */
export interface HamiltonianMonteCarloOptions<Y, T> {
  /** The distribution of the targets given the outputs. */
  readonly likelihood: NotAPrior & Likelihood<Y, T>;
  /** The number of draws of each chain that are returned; default 1000. */
  readonly samples?: number;
  /** The number of transitions before them, in which the step size adapts; default 1000. With 0 it stays `stepSize`. */
  readonly warmup?: number;
  /** The number of independent chains, which run together; default 4. */
  readonly chains?: number;
  /** The number of leapfrog steps of one transition, each with a gradient; default 20. */
  readonly leapfrogSteps?: number;
  /** The first step size; default 0.01. */
  readonly stepSize?: number;
  /** The mean acceptance probability to which the step size adapts; default 0.8. */
  readonly targetAcceptance?: number;
  /**
   * How far the step size of one transition may be from the adapted one, relative to it, against trajectories that return
   * to where they began; from 0 to below 1, default 0.2.
   */
  readonly jitter?: number;
}

const optionNames: OptionNames<HamiltonianMonteCarloOptions<never, never>> = {
  likelihood: true,
  samples: true,
  warmup: true,
  chains: true,
  leapfrogSteps: true,
  stepSize: true,
  targetAcceptance: true,
  jitter: true,
};

/** Draws from the exact posterior of a model with parameters `P`, and what tells whether to trust them. */
export interface WeightSamples<P> {
  /** The draws of each variable, `[chains, samples, ...shape]`. */
  readonly weights: WeightTree<P>;
  /** The log joint density of each draw, `[chains, samples]`. */
  readonly logJoint: tf.Tensor;
  /** The mean acceptance probability of each chain, `[chains]`. */
  readonly acceptanceRate: tf.Tensor;
  /** How many transitions of each chain were divergent, `[chains]`: if any, draws may miss a part of the posterior. */
  readonly divergences: tf.Tensor;
  /** The adapted step size of each chain, `[chains]`. */
  readonly stepSize: tf.Tensor;
}

interface Settings extends Trajectory {
  readonly samples: number;
  readonly warmup: number;
  readonly chains: number;
  readonly stepSize: number;
  readonly targetAcceptance: number;
}

const checkedSettings = (options: HamiltonianMonteCarloOptions<never, never>): Settings => {
  const fn = 'hamiltonianMonteCarlo';
  const {
    samples = 1000,
    warmup = 1000,
    chains = 4,
    leapfrogSteps = 20,
    stepSize = 0.01,
    targetAcceptance = 0.8,
    jitter = 0.2,
  } = knownOptions(fn, options, optionNames);
  for (const [name, value] of Object.entries({ samples, chains, leapfrogSteps }))
    positiveInteger(`${fn}: ${name}`, value);
  if (warmup !== 0) positiveInteger(`${fn}: warmup, unless it is 0,`, warmup);
  positiveNumber(`${fn}: stepSize`, stepSize);
  if (!(positiveNumber(`${fn}: targetAcceptance`, targetAcceptance) < 1))
    invalidArgument(`${fn}: targetAcceptance`, 'a number above 0 and below 1', targetAcceptance);
  if (!(nonNegativeNumber(`${fn}: jitter`, jitter) < 1))
    invalidArgument(`${fn}: jitter`, 'a number from 0 to below 1', jitter);
  return { samples, warmup, chains, leapfrogSteps, stepSize, targetAcceptance, jitter };
};

const checkNetwork = ({ sites, statistics }: Network): void => {
  const [statistic] = statistics;
  if (statistic !== undefined)
    invalidArgument(
      'hamiltonianMonteCarlo: model',
      'one without statistics, such as those of batchNorm',
      statistic.name,
    );
  if (sites.length === 0)
    invalidArgument('hamiltonianMonteCarlo: model', 'one with at least one variable', 'none');
};

/** The state of a chain; with a leading axis, of all chains. */
interface Chain {
  readonly point: Point;
  readonly averaging: DualAveraging;
}

/** A chain after a transition, and what the transition was like. */
interface Advanced extends Chain {
  readonly acceptance: tf.Tensor;
  readonly divergent: tf.Tensor;
}

/** One transition of a chain in the warmup, after which the step size adapts. */
const warmingUp =
  (logDensity: LogDensity, settings: Settings, iteration: number) =>
  ({ point, averaging }: Chain, key: Key): Chain => {
    const next = transition(logDensity, settings)(point, tf.exp(averaging.logStep), key);
    const adapted = dualAveraging(settings.stepSize, settings.targetAcceptance);
    return { point: next.point, averaging: adapted(averaging, next.acceptance, iteration) };
  };

/** One transition of a chain after the warmup, by the averaged step size. */
const sampling =
  (logDensity: LogDensity, settings: Settings) =>
  ({ point, averaging }: Chain, key: Key): Advanced => ({
    averaging,
    ...transition(logDensity, settings)(point, tf.exp(averaging.logAverage), key),
  });

const started = (
  { sites }: Network,
  logDensity: LogDensity,
  { stepSize }: Settings,
  keys: readonly Key[],
): Chain => {
  const chain = vmap((key: Key): Chain => {
    const position = sites.map((site) => initialWeight(site, keyAt([...site.path, 'init'])(key)));
    return { point: pointAt(logDensity)(position), averaging: startAveraging(stepSize) };
  })(keys);
  const wrong = peekValues(chain.point.logDensity).find((value) => !Number.isFinite(value));
  return wrong === undefined
    ? chain
    : invalidArgument('hamiltonianMonteCarlo: log joint density at the start', 'finite', wrong);
};

/** Advances chains by one transition after another, each by its iteration, and disposes what is past. */
const advanced = <S extends Chain>(
  chain: Chain,
  iterations: readonly number[],
  step: (iteration: number) => (chain: Chain, key: Key) => S,
  keys: (iteration: number) => readonly Key[],
  visit: (chain: S) => void,
): Chain =>
  iterations.reduce<Chain>((before, iteration) => {
    const after = vmap(step(iteration))(before as VmapArgument<Chain>, keys(iteration));
    dispose(before);
    visit(after);
    return after;
  }, chain);

/**
 * Draws weights from the exact posterior of a model given all rows of a batch, by Hamiltonian Monte Carlo (Neal 2011): the
 * reference for what a fitted posterior approximates. For small networks: each draw takes `leapfrogSteps` gradients over
 * all rows. The posteriors of the model do not matter, only its priors; the density is that of `logJoint`, without dropout.
 *
 * Several chains start from initial weights of different keys, as `init` has for means, and run together by `vmap`. In the
 * warmup, the step size of each chain adapts to a mean acceptance probability by dual averaging (Hoffman & Gelman 2014).
 * The same key gives the same draws; chain `c` depends on `foldIn(key, c)` alone. Everything is computed in float32.
 *
 * Before you trust the draws, look at `divergences` (0 in each chain) and, for each variable, at `rHat` (below 1.01) and
 * `effectiveSampleSize`. The weights of a network with hidden units can be permuted without a change of its function, so
 * chains may be at different weights with the same predictions: then look at `rHat` of its outputs. `predictFromWeights`
 * makes predictions from the draws.
 *
 * @throws Error for an invalid model, a prior that depends on the posterior's parameters, a network with statistics, and
 * options out of range; when run, for an invalid key or batch, and if the density at the start is not finite, where it can
 * be read without cost
 * @example
 * const small = bayesian()(linear(1, 1));
 * const inputs = tf.tensor2d([[-1], [0], [1]]);
 * const batch = { inputs, targets: tf.mul(2, inputs) };
 * const sample = hamiltonianMonteCarlo(small, {
 *   likelihood: gaussian({ std: 0.5 }),
 *   samples: 20, warmup: 20, chains: 2, leapfrogSteps: 5,
 * });
 * const { weights } = sample(random.key(0), batch);
 * console.log(weights.weight.shape); // [2, 20, 1, 1]
 */
export const hamiltonianMonteCarlo = <P, F extends Forward, T>(
  of: Model<P, F> | NotBayesian,
  options: HamiltonianMonteCarloOptions<ReturnType<F>, T>,
): ((key: Key, batch: Batch<Parameters<F>, T>) => WeightSamples<P>) => {
  const model = singleModel(
    'hamiltonianMonteCarlo: model',
    of,
    'use the model of a member, and several chains',
  );
  const settings = checkedSettings(options);
  const { network } = model;
  checkNetwork(network);
  const joint = logJoint(model, options.likelihood);
  const index = new Map(network.sites.map((site, i) => [site, i]));
  const restored = (position: readonly tf.Tensor[]) =>
    parameterTree({
      variable: (site) => position[index.get(site) as number],
      statistic: () => undefined,
    })(network) as WeightTree<P>;
  return (key, batch) => {
    checkKey('hamiltonianMonteCarlo: key', key);
    const { samples, warmup, chains } = settings;
    const chainKeys = Array.from({ length: chains }, (_, c) => foldIn(key, c));
    const keysAt = (iteration: number) => chainKeys.map((each) => foldIn(each, iteration));
    const logDensity: LogDensity = (position) => joint(restored(position), batch);
    const iterations = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
    return tidied(() => {
      const start = started(network, logDensity, settings, chainKeys);
      const warm = advanced(
        start,
        iterations(0, warmup),
        (iteration) => warmingUp(logDensity, settings, iteration),
        keysAt,
        () => undefined,
      );
      const kept: Omit<Advanced, 'averaging'>[] = [];
      const last = advanced(
        warm,
        iterations(warmup, samples),
        () => sampling(logDensity, settings),
        keysAt,
        ({ averaging: _, ...after }) => kept.push(map((x) => tf.clone(x))(after)),
      );
      const { point, acceptance, divergent } = stack(kept, 1);
      return {
        weights: map((x) => x)(restored(point.position)) as WeightTree<P>,
        logJoint: point.logDensity,
        acceptanceRate: tf.mean(acceptance, 1),
        divergences: tf.sum(divergent, 1),
        stepSize: tf.exp(last.averaging.logAverage),
      };
    });
  };
};

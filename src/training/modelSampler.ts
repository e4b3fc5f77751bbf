import * as tf from '@tensorflow/tfjs-core';
import { chunksOf } from 'fp-ts/lib/ReadonlyArray.js';
import type { Likelihood } from '../distributions/index.ts';
import type { Forward, Network } from '../layers/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import type { Model } from '../transforms/index.ts';
import { checkMembers, memberKeys } from '../transforms/overMembers.ts';
import { map } from '../tree/index.ts';
import { type VmapArgument, vmap } from '../vmap/index.ts';

/** How outputs are sampled, for some rows of the inputs. */
export interface Sampler<P, F extends Forward> {
  readonly samples: number;
  /** The samples in groups of at most `most`, each of which is computed at once; by default any consecutive ones. */
  readonly groups?: (most: number) => readonly (readonly number[])[];
  /** The outputs of the samples of a group, with a leading axis. */
  readonly outputs: (those: readonly number[], inputs: Parameters<F>) => ReturnType<F>;
  /** The parameters, for a run with other weights. */
  readonly params: P;
}

/**
 * The integers below a count.
 *
 * @example
 * counted(3); // [0, 1, 2]
 */
export const counted = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** Whether a layer below asks for noise of its own, as dropout does. */
const hasNoise = ({ parts }: Network): boolean =>
  parts.some(([, part]) => part.kind === 'randomKey' || (part.kind === 'layer' && hasNoise(part.network)));

/** What else may need samples: quantiles of targets that are drawn, as their likelihood has no distribution function. */
interface Asked {
  readonly likelihood: Pick<Likelihood<never, never>, 'cdf'>;
  readonly quantiles?: readonly number[] | undefined;
  readonly interval?: number | undefined;
}

/**
 * The number of weight samples that a prediction has by default: 1 if all weights are ordinary and nothing else is random, so
 * that all samples are the same, else 100.
 *
 * @example
 * defaultSamples(bayesian({ posterior: pointMass() })(linear(2, 1)), { likelihood: gaussian() }); // 1
 */
export const defaultSamples = <P, F extends Forward>(
  { network, ensemble }: Model<P, F>,
  { likelihood, quantiles, interval }: Asked,
): number => {
  const own: Network = ensemble?.member.network ?? network;
  const drawsTargets = likelihood?.cdf === undefined && (quantiles ?? interval) !== undefined;
  const isRandom = !own.sites.every(({ posterior }) => posterior.deterministic) || hasNoise(own);
  return isRandom || drawsTargets ? 100 : 1;
};

/** Joins the first two axes. */
const joined = <Y>(outputs: Y): Y =>
  map((x) => {
    const [outer = 1, inner = 1, ...others] = x.shape;
    return tf.reshape(x, [outer * inner, ...others]);
  })(outputs) as Y;

/**
 * Samples of the outputs of a model. Those of an ensemble are of all members in turn: the number of sample `s` of member `m`
 * is `s * members + m`. A group has whole rounds of members, or some members of one round.
 *
 * @example
 * const { samples } = modelSampler(ensemble({ members: 5 })(model), 100)(params, random.key(0)); // 500
 */
export const modelSampler = <P, F extends Forward>(
  model: Model<P, F>,
  samples: number,
): ((params: P, key: Key) => Sampler<P, F>) => {
  const over = (one: Model<P, F>, params: P, keys: readonly Key[], inputs: Parameters<F>): ReturnType<F> =>
    vmap((key: Key) => one.apply(params, key, ...inputs), { inAxes: [0] })(keys);
  if (model.ensemble === undefined)
    return (params, key) => ({
      samples,
      params,
      outputs: (those, inputs) =>
        over(
          model,
          params,
          those.map((s) => foldIn(key, s)),
          inputs,
        ),
    });
  const { members, member } = model.ensemble;
  return (params, key) => {
    checkMembers('params', params, members);
    const own = memberKeys(key, members);
    const rounds = counted(samples);
    return {
      samples: samples * members,
      params,
      groups: (most) =>
        most < members
          ? rounds.flatMap((s) => chunksOf(most)(counted(members).map((m) => s * members + m)))
          : chunksOf(most - (most % members))(counted(samples * members)),
      outputs: (those, inputs) => {
        const [start = 0] = those;
        const [first, count] = [start % members, Math.min(those.length, members)];
        const some = count === members ? params : map((x) => tf.slice(x, first, count))(params);
        const keys = chunksOf(count)(those).map((round) =>
          round.map((i) => foldIn(own[i % members] as Key, Math.floor(i / members))),
        );
        const each = vmap((p: P, memberKey: readonly Key[]) => over(member, p, memberKey, inputs), {
          outAxes: 1,
        });
        return joined(each(some as VmapArgument<P>, keys as never));
      },
    };
  };
};

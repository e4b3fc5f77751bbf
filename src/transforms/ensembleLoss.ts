import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import type { Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { tidying } from '../tree/tidied.ts';
import { type VmapArgument, vmap } from '../vmap/index.ts';
import type { Batch, ElboParts, Loss } from './elbo.ts';
import { checkMembers, memberKeys } from './overMembers.ts';

/** The parts of each member's loss, `[members]`. */
type Each = Readonly<Record<string, tf.Tensor>>;

/** The sums of the parts over the members, and the loss of each member. */
const summed = ({ statistics, ...each }: ElboParts): ElboParts => {
  const sums = Object.entries<tf.Tensor>(each as Each).map(([name, part]) => [name, tf.sum(part)]);
  const losses = tf.unstack(each.loss).map((loss, m) => [`loss/${m}`, loss]);
  return {
    ...(Object.fromEntries([...sums, ...losses]) as unknown as ElboParts),
    ...(statistics !== undefined && { statistics }),
  };
};

/**
 * The loss of an ensemble, from that of a member: the sum of the members' losses, each with its own key, and with its own
 * batch if the batch has a `memberAxis`.
 *
 * @example
 * const loss = ensembleLoss(5, elbo({ likelihood: categorical(), datasetSize: 60_000 })(withLogProbs(member)));
 */
export const ensembleLoss = <P, A extends readonly unknown[], T>(
  members: number,
  member: Loss<P, A, T>,
): Loss<P, A, T> => {
  const loss = (params: P, key: Key, batch: Batch<A, T>, step?: number): ElboParts => {
    checkKey('elbo: key', key);
    checkMembers('params', params, members);
    const keys = memberKeys(key, members);
    const own = params as VmapArgument<P>;
    if (batch?.memberAxis === undefined || batch.memberAxis === false)
      return summed(vmap((p: P, k: Key) => member(p, k, batch, step))(own, keys));
    const { memberAxis, ...each } = batch;
    if (memberAxis !== true) invalidArgument('elbo: batch.memberAxis', 'true or false', memberAxis);
    checkMembers('elbo: batch', each, members);
    const over = vmap((p: P, k: Key, b: Batch<A, T>) => member(p, k, b, step));
    return summed(over(own, keys, each as VmapArgument<Batch<A, T>>));
  };
  const { temperature = 1, samples, sliceSamples } = member;
  if (samples === undefined || sliceSamples === undefined)
    return Object.assign(tidying(loss), { temperature });
  return Object.assign(tidying(loss), {
    temperature,
    samples,
    sliceSamples: (start: number, end: number) => ensembleLoss(members, sliceSamples(start, end)),
  });
};

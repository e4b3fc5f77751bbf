import { invalidArgument } from '../check/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { entries, isNode } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { type VmapArgument, vmap } from '../vmap/index.ts';
import type { Ensembled, MemberFunction, Stochastic } from './stochastic.ts';

/**
 * The key of each member of an ensemble: that of member `m` is `foldIn(key, m)`.
 *
 * @example
 * memberKeys(random.key(0), 3).length; // 3
 */
export const memberKeys = (key: Key, members: number): readonly Key[] =>
  Array.from({ length: members }, (_, m) => foldIn(key, m));

/**
 * Rejects a tree unless the first axis of each of its tensors is that of the members.
 *
 * @throws Error naming the argument, and the path of the first tensor that does not fit
 * @example
 * checkMembers('params', { weight: tf.ones([3, 2]) }, 3);
 */
export const checkMembers = (argument: string, tree: unknown, members: number): void => {
  const misfit = entries(tree).find(({ tensor }) => tensor.shape[0] !== members);
  if (misfit === undefined) return;
  const { path, tensor } = misfit;
  invalidArgument(
    `${argument}: '${pathName(path)}'`,
    `a tensor of shape [${members}, ...], with an axis of the ${members} members`,
    tensor,
  );
};

/**
 * Maps a stochastic function of one member over all members of an ensemble: member `m` is
 * `f(params[m], foldIn(key, m), ...inputs)`, with the same inputs for all. Results gain a leading axis of members.
 *
 * @throws Error, when run, for an invalid key and for parameters without the axis of members
 * @example
 * const outputs = overMembers(3, member.apply)(params, random.key(0), images); // [3, batch, classes]
 */
export const overMembers = <P, A extends readonly unknown[], Y>(
  members: number,
  f: Stochastic<P, A, Y>,
): Ensembled<P, A, Y> => {
  const all = (params: P, key: Key, ...inputs: A): Y => {
    if (!isNode(params)) invalidArgument('params', "the model's parameter tree", params);
    checkKey('key', key);
    checkMembers('params', params, members);
    const each = vmap((own: P, ownKey: Key) => f(own, ownKey, ...inputs));
    return each(params as VmapArgument<P>, memberKeys(key, members));
  };
  return Object.assign(all, { ensemble: { members, member: f } });
};

/**
 * The function of one member, if a function is one of an ensemble.
 *
 * @example
 * memberFunction(withLogProbs(bayesian()(net))); // undefined
 */
export const memberFunction = <P, A extends readonly unknown[], Y>(
  f: Stochastic<P, A, Y>,
): MemberFunction<P, A, Y> | undefined => ('ensemble' in f ? (f as Ensembled<P, A, Y>).ensemble : undefined);

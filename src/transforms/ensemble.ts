import { knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import type { Forward } from '../layers/index.ts';
import { checkKey } from '../random/key.ts';
import { stack, tidied } from '../tree/index.ts';
import type { Model } from './model.ts';
import { type NotBayesian, singleModel } from './modelArgument.ts';
import { memberKeys, overMembers } from './overMembers.ts';
import { stackedNetwork } from './stackedNetwork.ts';

/** Options of `ensemble`. */
export interface EnsembleOptions {
  /** The number of networks. */
  readonly members: number;
}

const optionNames: OptionNames<EnsembleOptions> = { members: true };

const ensembled = <P, F extends Forward>(members: number, member: Model<P, F>): Model<P, F> => ({
  _tag: 'Model',
  layer: member.layer,
  options: member.options,
  network: stackedNetwork(members, member.network),
  estimator: member.estimator,
  ensemble: { members, member, rebuild: (other) => ensembled(members, other) },
  init: (key) => {
    checkKey('init: key', key);
    return tidied(() => stack(memberKeys(key, members).map(member.init)));
  },
  apply: overMembers(members, member.apply),
});

/**
 * Several networks of the same kind as one model, each with parameters of its own: a deep ensemble (Lakshminarayanan,
 * Pritzel & Blundell 2017) of ordinary weights, a mixture of posteriors of Bayesian ones. All members are initialized,
 * trained and run at once, by `vmap`. Tensors of the parameters have a leading axis of members, and so have outputs:
 * `[members, batch, ...]`, with weight samples `[members, samples, batch, ...]`.
 *
 * Member `m` has the key `foldIn(key, m)` wherever the ensemble has `key`: the same parameters, outputs and loss as the
 * given model has with that key alone. The loss of `elbo` is the sum of the members' losses, and has the parts `loss/0`,
 * `loss/1` and so on beside it. An optimizer that works on each element (all here but `clipByGlobalNorm`, whose norm is
 * that of all members together) therefore trains each member as if it were alone. All see the same batches, or each its own with
 * `batches(data, { size, members })`. `predict` mixes the predictive distributions of all members, each with `samples`
 * weight samples.
 *
 * Functions of a model (`localReparametrization`, `posteriorMean`, `withLogProbs` and the like) may come before or after it.
 * `tree.unstack` takes the members' parameters apart, and `tree.stack` puts those of networks trained apart together.
 *
 * @throws Error if `members` is not a positive integer, or the value passed on is not a model or is an ensemble; when run,
 * for parameters without the axis of members
 * @example
 * const five = pipe(model, ensemble({ members: 5 }));
 * const logits = five.apply(five.init(random.key(0)), random.key(1), images);
 * console.log(logits.shape); // [5, 200, 10]
 */
export const ensemble = (options: EnsembleOptions) => {
  const { members } = knownOptions('ensemble', options, optionNames);
  positiveInteger('ensemble: members', members);
  return <P, F extends Forward>(model: Model<P, F> | NotBayesian): Model<P, F> =>
    ensembled(
      members,
      singleModel('ensemble: model', model, 'one ensemble can have all the members that are needed'),
    );
};

import * as tf from '@tensorflow/tfjs-core';
import type { Posterior } from '../distributions/index.ts';
import type { ResolvedPart } from '../layers/core/resolve.ts';
import type { Forward, Network, Site } from '../layers/index.ts';
import type { Key } from '../random/index.ts';
import { type VmapArgument, vmap } from '../vmap/index.ts';
import { memberKeys } from './overMembers.ts';

type Own = VmapArgument<unknown>;

/** The posterior of the stacked weights of all members, which are independent of each other. */
const stackedPosterior = (members: number, posterior: Posterior): Posterior => {
  const { fused: _, zero: __, ...each } = posterior;
  const { moments, entropy, fromMoments, checkShape } = posterior;
  return {
    ...each,
    // A checkpoint's settings are those of a mean of one number.
    init: (mean, fanIn, key) =>
      vmap((one: tf.Tensor, own: Key) => posterior.init(one, fanIn, own))(
        mean,
        memberKeys(key, mean.shape[0]!),
      ),
    sample: (params, key) =>
      vmap(posterior.sample.bind(posterior))(params as Own, memberKeys(key, members)) as tf.Tensor,
    logProb: (params, weight) => vmap(posterior.logProb.bind(posterior))(params as Own, weight),
    ...(moments && { moments: (params) => vmap((own) => moments.call(posterior, own))(params as Own) }),
    ...(entropy && {
      entropy: (params) => tf.sum(vmap((own) => entropy.call(posterior, own))(params as Own)),
    }),
    ...(fromMoments && {
      fromMoments: (mean, std) =>
        vmap((m: tf.Tensor, s: tf.Tensor) => fromMoments.call(posterior, m, s))(mean, std),
    }),
    ...(checkShape && {
      checkShape: (argument, shape) => checkShape.call(posterior, argument, shape.slice(1)),
    }),
  };
};

const stackedSite = (members: number, site: Site): Site => ({
  path: site.path,
  name: site.name,
  shape: [members, ...site.shape],
  posterior: stackedPosterior(members, site.posterior),
  // A rescaled prior may make tensors, which only the scope that asks for it disposes.
  get prior() {
    return site.prior;
  },
  isFlat: site.isFlat,
  sampleWithLogProb: undefined,
  initialMean: site.initialMean,
  fanIn: site.fanIn,
  priorInitialization: site.priorInitialization,
});

/**
 * The network of an ensemble as far as its parameters go: those of a member with a leading axis. It describes them (their
 * shapes, posteriors and settings) for checkpoints and the like; only a member's network can run.
 *
 * @example
 * stackedNetwork(3, member.network).sites[0]?.shape; // [3, 784, 64]
 */
export const stackedNetwork = <F extends Forward>(members: number, network: Network<F>): Network<F> => {
  const stackedPart = (part: ResolvedPart): ResolvedPart => {
    if (part.kind === 'variable') return { kind: 'variable', site: stackedSite(members, part.site) };
    if (part.kind === 'statistic')
      return { kind: 'statistic', site: { ...part.site, shape: [members, ...part.site.shape] } };
    return part.kind === 'layer' ? { kind: 'layer', network: stackedNetwork(members, part.network) } : part;
  };
  const parts = network.parts.map(([name, part]) => [name, stackedPart(part)] as const);
  const below = parts.map(([, part]) => part);
  return {
    ...network,
    parts,
    sites: below.flatMap((part) => {
      if (part.kind === 'layer') return part.network.sites;
      return part.kind === 'variable' ? [part.site] : [];
    }),
    statistics: below.flatMap((part) => {
      if (part.kind === 'layer') return part.network.statistics;
      return part.kind === 'statistic' ? [part.site] : [];
    }),
  };
};

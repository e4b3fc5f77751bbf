import * as tf from '@tensorflow/tfjs-core';
import {
  type Estimator,
  type Model,
  modelOf,
  type NormalParams,
  noisyOutput,
  type Sampled,
  type Stochastic,
  vmap,
} from 'tfjs-bayesian';
import type { Net } from './modules.ts';
import { isOutputNoise, replayOutputNoise, torchName } from './torch.ts';

/** Noise for one sample, or with a leading axis for all, by torch_blue's name of where it goes. */
export type Noise = Readonly<Record<string, tf.Tensor>>;

export type NetModel = Model<unknown, (...inputs: readonly unknown[]) => unknown>;

const noiseAt = (noise: Noise, name: string): tf.Tensor => {
  const found = noise[name];
  if (found === undefined) throw new Error(`there is no noise for '${name}'`);
  return found;
};

/** The estimator that draws with recorded noise, on the weights or on the outputs of affine layers. */
const recorded = (net: Net, noise: Noise): Estimator => ({
  name: 'recorded noise',
  handler: (pass) => ({
    key: pass.key,
    weight: (site) =>
      pass.draw(site, (params, key) => {
        if (site.posterior.name !== 'normal') return site.posterior.sample(params, key);
        const { mean, logStd } = params as NormalParams;
        return tf.add(mean, tf.mul(tf.exp(logStd), noiseAt(noise, torchName(net)(site.path))));
      }),
    ...(Object.keys(noise).some(isOutputNoise) && {
      affine: noisyOutput(pass, ({ path }) => noiseAt(noise, replayOutputNoise(net)(path))),
    }),
  }),
});

/** Runs a network for all samples at once with recorded noise, `[samples, ...]`, seen through a transform. */
export const withRecordedNoise = <Y>(
  net: Net,
  transform: (model: NetModel) => Stochastic<unknown, readonly unknown[], Y>,
  noise: Noise,
  samples: number,
): Sampled<unknown, readonly unknown[], Y> =>
  Object.assign(
    ((params, key, ...inputs) =>
      vmap((own: Noise) => transform(modelOf(net, {}, recorded(net, own)))(params, key, ...inputs), {
        axisSize: samples,
      })(noise)) satisfies Stochastic<unknown, readonly unknown[], Y>,
    { samples },
  );

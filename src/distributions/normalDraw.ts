import * as tf from '@tensorflow/tfjs-core';
import { hasKernel } from '../backend/hasKernel.ts';
import { type NormalDrawAttributes, normalDrawKernel } from '../backend/normalDrawKernel.ts';
import type { Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { keysOf } from '../random/keysOf.ts';
import { isBatched } from '../vmap/isBatched.ts';
import type { NormalParams } from './normal.ts';
import type { SampleWithLogProb } from './posterior.ts';

/** A kernel's gradient has no gradient of its own: inside two differentiations plain operations have to run. */
const twiceDifferentiating = (): boolean => tf.engine().state.gradientDepth > 1;

const fits = ({ mean, logStd }: NormalParams): boolean =>
  tf.util.arraysEqual(mean.shape, logStd.shape) &&
  [mean, logStd].every((x) => x.dtype === 'float32' && !isBatched(x));

/**
 * Draws from normal distributions with the sums of both log densities by the one kernel that makes all of it in one pass;
 * `undefined` where plain operations have to: on a backend without it, for parameters that differ between samples of a
 * `vmap`, inside two differentiations. The choice is made here alone, and the results are the same to rounding.
 *
 * @example
 * normalDraw({ mean, logStd }, key, { eps: 1e-10, each: 0, centre: 0, precision: 1, priorEach: 0, scored: true })?.weight;
 */
export const normalDraw = (
  params: NormalParams,
  key: Key,
  density: Omit<NormalDrawAttributes, 'words'>,
): SampleWithLogProb | undefined => {
  checkKey('key', key);
  if (!hasKernel(normalDrawKernel) || twiceDifferentiating() || !fits(params)) return undefined;
  const { mean, logStd } = params;
  const { sizes, words, lifted } = keysOf(key);
  const attrs = { ...density, words: words.flatMap(({ k0, k1 }) => [k0, k1]) };
  const outputs = tf.engine().runKernel<tf.Tensor[]>(normalDrawKernel, { mean, logStd }, attrs);
  const [weight, posterior, prior] = outputs.map((x) =>
    lifted(sizes.length === 1 ? x : tf.reshape(x, [...sizes, ...x.shape.slice(1)])),
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { weight, posterior, prior };
};

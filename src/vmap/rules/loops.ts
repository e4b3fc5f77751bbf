import * as tf from '@tensorflow/tfjs-core';
import { perSample } from '../fallback.ts';
import type { BatchingRule } from '../rule.ts';
import { rulesFor } from './operands.ts';
import { refuse } from './refusals.ts';

const unpadded = refuse({
  op: 'tf.image.nonMaxSuppressionPadded without padding',
  because: 'the shape of its result depends on values, so it differs between samples',
  instead: 'Pass padToMaxOutputSize.',
});

/** Rules of kernels that always run once for each sample. `loops` says why. */
export const looped: Readonly<Record<string, BatchingRule>> = {
  ...rulesFor([tf.BroadcastArgs], perSample),
  [tf.NonMaxSuppressionV4]: (call) => (call.attrs.padToMaxOutputSize ? perSample : unpadded)(call),
};

/** When and why a kernel runs once for each sample. */
export interface Loop {
  /** In which calls; where it is left out, in all of them. */
  readonly where?: string;
  readonly because: string;
}

const inputGradient: Loop = {
  where: "each sample has its own filter, without the library's kernels for wasm",
  because: 'the kernel takes one filter',
};
const filterGradient: Loop = {
  where: "always, without the library's kernels for wasm",
  because: 'it sums over the batch, and each sample has a sum of its own',
};

/** The kernels that run once for each sample, in some calls or in all. */
export const loops: Readonly<Record<string, Loop>> = {
  [tf.BroadcastArgs]: { because: 'it is about a handful of numbers' },
  [tf.NonMaxSuppressionV4]: {
    because: 'each choice depends on those before it; without padToMaxOutputSize it is refused',
  },
  [tf.SparseReshape]: { where: 'each sample has its own shapes', because: 'the kernel takes one' },
  [tf.Transform]: {
    where: 'each sample has its own transforms, on the cpu backend',
    because: 'its kernel is right for the first image of a batch only',
  },
  [tf.Conv2D]: {
    where: 'each sample has its own filter, and channels come first',
    because: 'the kernel takes one filter',
  },
  [tf.Conv2DBackpropInput]: inputGradient,
  [tf.DepthwiseConv2dNativeBackpropInput]: inputGradient,
  [tf.Conv3DBackpropInputV2]: inputGradient,
  [tf.Conv2DBackpropFilter]: filterGradient,
  [tf.DepthwiseConv2dNativeBackpropFilter]: filterGradient,
  [tf.Conv3DBackpropFilterV2]: filterGradient,
};

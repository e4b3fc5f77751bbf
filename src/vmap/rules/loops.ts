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

/** Rules for kernels that always run once for each sample; `loops` documents the reasons. */
export const looped: Readonly<Record<string, BatchingRule>> = {
  ...rulesFor([tf.BroadcastArgs], perSample),
  [tf.NonMaxSuppressionV4]: (call) => (call.attrs.padToMaxOutputSize ? perSample : unpadded)(call),
};

/** When and why a kernel runs once for each sample. */
export interface Loop {
  /** In which calls; if missing, in all of them. */
  readonly where?: string;
  readonly because: string;
}

const inputGradient: Loop = {
  where: "each sample has its own filter, without the library's kernels for wasm",
  because: 'the kernel accepts one filter',
};
const filterGradient: Loop = {
  where: "always, without the library's kernels for wasm",
  because: 'it sums over the batch, but each sample has its own sum',
};

/** The kernels that run once for each sample, in some calls or in all. */
export const loops: Readonly<Record<string, Loop>> = {
  [tf.BroadcastArgs]: { because: 'it handles only a few numbers' },
  [tf.NonMaxSuppressionV4]: {
    because: 'each choice depends on those before it; without padToMaxOutputSize it throws',
  },
  [tf.SparseReshape]: { where: 'each sample has its own shapes', because: 'the kernel accepts one' },
  [tf.Transform]: {
    where: 'each sample has its own transforms, on the cpu backend',
    because: 'its kernel is right only for the first image of a batch',
  },
  [tf.Conv2D]: {
    where: 'each sample has its own filter, and channels come first',
    because: 'the kernel accepts one filter',
  },
  [tf.Conv2DBackpropInput]: inputGradient,
  [tf.DepthwiseConv2dNativeBackpropInput]: inputGradient,
  [tf.Conv3DBackpropInputV2]: inputGradient,
  [tf.Conv2DBackpropFilter]: filterGradient,
  [tf.DepthwiseConv2dNativeBackpropFilter]: filterGradient,
  [tf.Conv3DBackpropFilterV2]: filterGradient,
};

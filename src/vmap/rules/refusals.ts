import * as tf from '@tensorflow/tfjs-core';
import type { BatchingRule } from '../rule.ts';

/** Why a kernel does not run inside `vmap`, and what to do instead. */
export interface Refusal {
  /** The public name of the operation that runs the kernel. */
  readonly op: string;
  readonly because: string;
  readonly instead: string;
}

/** The rule for a refused kernel: it throws an error with the reason. */
export const refuse =
  ({ op, because, instead }: Refusal): BatchingRule =>
  ({ kernel }) => {
    throw new Error(`vmap: ${kernel} cannot run inside vmap (${op}): ${because}. ${instead}`);
  };

const dependsOnValues = 'the shape of its result depends on values, so it differs between samples';
const afterwards = 'Return its arguments from vmap, and call it for each sample.';

const unknownShape = (op: string, instead = afterwards): Refusal => ({
  op,
  because: dependsOnValues,
  instead,
});

const noKernel = (op: string, others = 'other kernels'): Refusal => ({
  op,
  because: 'no backend of TensorFlow.js implements this kernel',
  instead: `${op} itself runs ${others}.`,
});

/** The kernels that are refused. */
export const refusals: Readonly<Record<string, Refusal>> = {
  [tf.Unique]: unknownShape('tf.unique'),
  [tf.NonMaxSuppressionV3]: unknownShape(
    'tf.image.nonMaxSuppression',
    'Use tf.image.nonMaxSuppressionPadded with padToMaxOutputSize.',
  ),
  [tf.NonMaxSuppressionV5]: unknownShape('tf.image.nonMaxSuppressionWithScore'),
  [tf.SparseFillEmptyRows]: unknownShape('tf.sparse.sparseFillEmptyRows'),
  [tf.RaggedGather]: unknownShape('tf.raggedGather'),
  [tf.RaggedRange]: unknownShape('tf.raggedRange'),
  [tf.RaggedTensorToTensor]: unknownShape('tf.raggedTensorToTensor'),
  [tf.StringNGrams]: unknownShape('tf.string.stringNGrams'),
  [tf.StringSplit]: unknownShape('tf.string.stringSplit'),
  [tf.Multinomial]: {
    op: 'tf.multinomial',
    because: 'it draws from a generator that the samples would share',
    instead: 'Use random.categorical with one key per sample.',
  },
  [tf.Draw]: {
    op: 'tf.browser.draw',
    because: 'it draws one tensor on a canvas',
    instead: 'Return the images from vmap, and draw each of them.',
  },
  [tf.LogicalXor]: noKernel('tf.logicalXor'),
  [tf.LogSoftmax]: noKernel('tf.logSoftmax'),
  [tf.LowerBound]: noKernel('tf.lowerBound', 'SearchSorted'),
  [tf.UpperBound]: noKernel('tf.upperBound', 'SearchSorted'),
  [tf.MatrixBandPart]: noKernel('tf.linalg.bandPart'),
  [tf.Pool]: noKernel('tf.pool', 'MaxPool or AvgPool'),
};

/** The rules for refused kernels. */
export const refused: Readonly<Record<string, BatchingRule>> = Object.fromEntries(
  Object.entries(refusals).map(([kernel, refusal]) => [kernel, refuse(refusal)]),
);

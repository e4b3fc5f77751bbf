import * as tf from '@tensorflow/tfjs-core';
import { tree } from 'tfjs-bayesian';
import { leaves } from 'tfjs-bayesian/tree';

export const tensors: readonly tf.Tensor[] = tree.leaves({ weight: tf.scalar(1) });
// @ts-expect-error: the types arrive, and are not any.
export const wrong: string = leaves({ weight: tf.scalar(1) });

import * as tf from '@tensorflow/tfjs-core';
import { savedOnTheWay, savedOutput } from './savedOutput.ts';
import { unbroadcast } from './unbroadcast.ts';

/*
 * Operations with a gradient of their own (`tf.customGrad`) have no kernel. But the engine looks for a registered
 * gradient by the name of what it runs, which is that of the operation's scope here, and prefers it.
 */

const fromLogProbs = (dy: tf.Tensor, logProbs: tf.Tensor): tf.Tensor =>
  tf.sub(dy, tf.mul(tf.sum(dy, -1, true), tf.exp(logProbs)));

/** Of `tf.logSoftmax`, so that it can be differentiated again. */
const logSoftmax = (kernelName: string, input: string): tf.GradConfig => ({
  kernelName,
  inputsToSave: [],
  outputsToSave: [true],
  gradFunc: (dy, [saved]) => ({ [input]: () => fromLogProbs(dy as tf.Tensor, savedOutput(saved!)) }),
});

/**
 * Of `tf.losses.softmaxCrossEntropy` before its weights. TensorFlow.js's own takes the gradient by the logits, turned
 * round, for that by the labels, and labels to add up to 1. The inputs may be those of a whole `vmap`, one of them shared.
 */
const softmaxCrossEntropy: tf.GradConfig = {
  kernelName: 'softmaxCrossEntropy__op',
  gradFunc: (given, saved) => {
    const [labels, copy] = saved as [tf.Tensor, tf.Tensor];
    const logProbs = savedOnTheWay(copy, '1', (by) => fromLogProbs(by, copy));
    const dy = tf.expandDims(given as tf.Tensor, -1);
    return {
      0: () => unbroadcast(tf.neg(tf.mul(dy, logProbs)), labels.shape),
      1: () => {
        const own = tf.cast(labels, 'float32');
        const expected = tf.mul(tf.sum(own, -1, true), tf.exp(logProbs));
        return unbroadcast(tf.mul(dy, tf.sub(expected, own)), logProbs.shape);
      },
    };
  },
};

/** The gradients of losses and of what they are made of. */
export const lossGradients: readonly tf.GradConfig[] = [
  logSoftmax(tf.LogSoftmax, 'logits'),
  logSoftmax('logSoftmax__op', '0'),
  softmaxCrossEntropy,
];

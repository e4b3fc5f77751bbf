import * as tf from '@tensorflow/tfjs-core';
import { savedIntermediate, savedOutput } from './savedOutput.ts';
import { unbroadcast } from './unbroadcast.ts';

/*
 * Operations made with `tf.customGrad` have no kernel. But the engine looks up a registered gradient by the name of
 * what it runs, here the name of the operation's scope, and that gradient takes precedence.
 */

const fromLogProbs = (dy: tf.Tensor, logProbs: tf.Tensor): tf.Tensor =>
  tf.sub(dy, tf.mul(tf.sum(dy, -1, true), tf.exp(logProbs)));

/** The gradient of `tf.logSoftmax`, differentiable again. */
const logSoftmax = (kernelName: string, input: string): tf.GradConfig => ({
  kernelName,
  inputsToSave: [],
  outputsToSave: [true],
  gradFunc: (dy, [saved]) => ({ [input]: () => fromLogProbs(dy as tf.Tensor, savedOutput(saved!)) }),
});

/**
 * The gradient of `tf.losses.softmaxCrossEntropy` before its weights. TensorFlow.js's own returns the negated gradient
 * of the logits for the labels, and assumes labels that sum to 1. The inputs may be a whole `vmap`'s, one of them
 * shared.
 */
const softmaxCrossEntropy: tf.GradConfig = {
  kernelName: 'softmaxCrossEntropy__op',
  gradFunc: (given, saved) => {
    const [labels, copy] = saved as [tf.Tensor, tf.Tensor];
    const logProbs = savedIntermediate(copy, '1', (by) => fromLogProbs(by, copy));
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

/** The gradients of losses and of their parts. */
export const lossGradients: readonly tf.GradConfig[] = [
  logSoftmax(tf.LogSoftmax, 'logits'),
  logSoftmax('logSoftmax__op', '0'),
  softmaxCrossEntropy,
];

import * as tf from '@tensorflow/tfjs-core';
import { customGrad } from './customGrad.ts';
import { runKernel } from './engine.ts';
import { isDifferentiatedAgain } from './gradients/savedOutput.ts';
import { hasKernel } from './registry.ts';

/**
 * The names of kernels for the log-softmax of rows of logits at a label each. A backend may lack them: `labelLogProbs` then
 * computes the same in plain operations. All tensors are float32 but the labels, which are int32.
 *
 * - `forward`: `logits` [rows, classes] and `labels` [rows] to the result [rows], NaN for a label out of range, the `largest`
 *   number of each row and `logSum`, the logarithm of the sum of exponentials of what its numbers exceed that by
 * - `gradient`: `dy` [rows], `logits`, `labels`, `largest` and `logSum` to the gradient of the logits
 */
export const labelLogProbKernels = {
  forward: 'TfjsBayesianLabelLogProbs',
  gradient: 'TfjsBayesianLabelLogProbsGradient',
} as const;

/**
 * The value at each row's label. Selects instead of multiplying by 0, since the others may be infinite. A row whose label is
 * out of range is NaN.
 *
 * @param values of shape [..., classes], with two or more classes
 * @param labels int32, of shape [...]
 * @example
 * pickLabels(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor1d([0, 1], 'int32')); // [1, 4]
 */
export const pickLabels = (values: tf.Tensor, labels: tf.Tensor): tf.Tensor => {
  const hot = tf.cast(tf.oneHot(labels, values.shape.at(-1) ?? 0), 'float32');
  const own = tf.sum(tf.where(tf.cast(hot, 'bool'), values, tf.zerosLike(values)), -1);
  // A label out of range has no one in its row, which gives 0 / 0.
  const ones = tf.sum(hot, -1);
  return tf.mul(own, tf.div(ones, ones));
};

/** The gradient of the logits in plain operations, which can be differentiated again. */
const plainGradient = (dy: tf.Tensor, logits: tf.Tensor, labels: tf.Tensor): tf.Tensor => {
  const hot = tf.cast(tf.oneHot(labels, logits.shape.at(-1) ?? 0), 'float32');
  return tf.mul(tf.expandDims(dy, -1), tf.sub(hot, tf.softmax(logits)));
};

const fused = (rows: tf.Tensor, labels: tf.Tensor): tf.Tensor =>
  customGrad((given: tf.Tensor) => {
    const inputs = { logits: given, labels };
    const [value, largest, logSum] = runKernel<tf.Tensor[]>(labelLogProbKernels.forward, inputs, {}) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    return {
      value,
      saved: [given, labels, largest, logSum],
      gradient: (dy, [logits, own, most, sum]) =>
        isDifferentiatedAgain()
          ? plainGradient(dy, logits, own)
          : runKernel(
              labelLogProbKernels.gradient,
              { dy, logits, labels: own, largest: most, logSum: sum },
              {},
            ),
    };
  })(rows);

/**
 * The log-softmax of logits at each row's label, NaN where that is out of range. Only this function chooses between a kernel
 * and plain operations.
 *
 * @param logits of shape [..., classes], with two or more classes
 * @param labels int32, of shape [...]
 * @example
 * labelLogProbs(tf.zeros([1, 4]), tf.tensor1d([2], 'int32')); // [-log 4]
 */
export const labelLogProbs = (logits: tf.Tensor, labels: tf.Tensor): tf.Tensor => {
  if (logits.dtype !== 'float32' || !hasKernel(labelLogProbKernels.forward))
    return pickLabels(tf.logSoftmax(logits), labels);
  const rows = tf.reshape(logits, [labels.size, logits.shape.at(-1) ?? 0]);
  return tf.reshape(fused(rows, tf.reshape(labels, [labels.size])), labels.shape);
};

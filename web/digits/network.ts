import * as tf from '@tensorflow/tfjs-core';
import { bayesian, conv2d, flatten, linear, maxPool2d, sequential } from 'tfjs-bayesian';

/** LeNet-5 (LeCun et al. 1998) with max pooling and ReLU, and a distribution for each of its 61,706 weights. */
export const digitModel = bayesian()(
  sequential(
    conv2d(1, 6, 5, { padding: 2 }),
    maxPool2d(2),
    tf.relu,
    conv2d(6, 16, 5),
    maxPool2d(2),
    tf.relu,
    flatten(),
    linear(400, 120),
    tf.relu,
    linear(120, 84),
    tf.relu,
    linear(84, 10),
  ),
);

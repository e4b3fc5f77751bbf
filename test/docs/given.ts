// What the examples of doc comments take as given, as the reference's first page says.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  bayesian,
  categorical,
  elbo,
  linear,
  pipe,
  random,
  sequential,
  vmapSamples,
  withLogProbs,
} from '../../src/index.ts';

/** 200 rows of 784 features, and classes from 0 to 9. */
export const images = random.uniform(random.key(0), [200, 784]);
export const labels = tf.cast(tf.mod(tf.range(0, 200), 10), 'int32');
export const testImages = tf.slice(images, 0, 50);
export const testLabels = tf.slice(labels, 0, 50);

/** A network for them, its model, parameters and loss. */
export const net = sequential(linear(784, 8), tf.relu, linear(8, 10));
export const model = bayesian()(net);
export const params = model.init(random.key(0));
export const loss = pipe(
  model,
  withLogProbs,
  vmapSamples({ samples: 2 }),
  elbo({ likelihood: categorical(), datasetSize: 200 }),
);

import { createRequire } from 'node:module';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { tree } from 'tfjs-bayesian';
import { report } from './report.mjs';

const before = tf.getGradient('Conv2D');
const require = createRequire(import.meta.url);
const required = require('tfjs-bayesian');
const params = { weight: tf.scalar(1) };
report(tf, {
  names: required.tree.leaves(params)[0] === tree.leaves(params)[0],
  oneEngine: require('@tensorflow/tfjs-core').engine() === tf.engine(),
  gradientKept: before !== undefined && tf.getGradient('Conv2D') === before,
});

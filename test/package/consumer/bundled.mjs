import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { tree } from 'tfjs-bayesian';
import { leaves } from 'tfjs-bayesian/tree';
import { report } from './report.mjs';

report(tf, { names: tree.leaves === leaves && leaves({ weight: tf.scalar(1) }).length === 1 });

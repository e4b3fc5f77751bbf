import * as tf from '@tensorflow/tfjs-core';
import { bare } from './bare-report.mjs';

bare(tf, await import(process.argv[2]));

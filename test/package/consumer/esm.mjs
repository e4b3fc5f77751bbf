import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { report } from './report.mjs';

const library = await import(process.argv[2]);
report(tf, { names: Object.keys(library).length > 0 });

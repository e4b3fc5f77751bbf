import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { report } from './report.mjs';

const [library] = await Promise.all(process.argv.slice(2).map((name) => import(name)));
report(tf, { names: Object.keys(library).length > 0 });

import * as tf from '@tensorflow/tfjs-core';
import { commandLine } from './commandLine.ts';

// Without this tfjs advertises its Node backend.
tf.env().set('PROD', true);

const { lines, code } = await commandLine(process.argv.slice(2));
for (const line of lines) (code === 2 ? console.error : console.log)(line);
process.exitCode = code;

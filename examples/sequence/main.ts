import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { table } from './report.ts';
import { run, settings } from './run.ts';

const { rows, longest, sizes, testRows, testSamples } = settings;
if (process.argv.length > 2) {
  console.error(`sequence: takes no options, got '${process.argv.slice(2).join(' ')}'`);
  process.exitCode = 2;
} else {
  await tf.setBackend('wasm');
  console.log(`A transformer learns from ${rows} examples to write up to ${longest} digits backwards.`);
  const began = performance.now();
  const report = await run(settings);
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `\nOn ${testRows} sequences of each length to ${sizes.width}, ${testSamples} weight samples (NLL and entropies in nats ` +
      `a digit; ${seconds.toFixed(0)} s):\n`,
  );
  console.log(table(report));
}

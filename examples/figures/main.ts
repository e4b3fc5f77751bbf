import '@tensorflow/tfjs-backend-wasm';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { plot } from 'tfjs-bayesian';
import { digits } from './digits.ts';
import { moons } from './moons.ts';
import { regression } from './regression.ts';

/** Figures by the name of their file. */
export type Figures = Readonly<Record<string, plot.Figure>>;

/** Makes the figures of docs/how-to/plots.md anew, each from a small training: `npm run figures`. */
const folder = fileURLToPath(new URL('../../docs/figures/', import.meta.url));

await tf.setBackend('wasm');
for (const make of [regression, moons, digits]) {
  for (const [name, figure] of Object.entries(await make())) {
    const saved = await plot.save(figure, path.join(folder, `${name}.svg`))();
    if (E.isLeft(saved)) throw new Error(saved.left.message);
    console.log(`docs/figures/${name}.svg  ${(figure.svg.length / 1024).toFixed(0)} kB`);
  }
}

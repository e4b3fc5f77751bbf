import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { plot, startBackend } from 'tfjs-bayesian';
import { complain, refusal, runProgram } from '../commandLine.ts';
import { digits } from './digits.ts';
import { firstExample } from './firstExample.ts';
import { moons } from './moons.ts';
import { priors } from './priors.ts';
import { regression } from './regression.ts';

/** Figures by file name. */
export type Figures = Readonly<Record<string, plot.Drawable>>;

const folder = fileURLToPath(new URL('../../docs/figures/', import.meta.url));

const help = `Regenerates the figures of README.md, docs/how-to/plots.md, docs/how-to/pruning.md and docs/concepts/priors.md, most from a small
training run.

npm run figures`;

const parse = (argv: readonly string[]) =>
  E.tryCatch(() => {
    const options = { help: { type: 'boolean', short: 'h', default: false } } as const;
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  }, refusal);

const run = async (): Promise<number> => {
  await startBackend('wasm');
  for (const make of [firstExample, priors, regression, moons, digits]) {
    for (const [name, figure] of Object.entries(await make())) {
      const saved = await plot.save(figure, path.join(folder, `${name}.svg`))();
      if (E.isLeft(saved)) return complain(saved.left.message);
      console.log(`docs/figures/${name}.svg`);
    }
  }
  return 0;
};

process.exitCode = await runProgram({ name: 'figures', help, parse, run }, process.argv.slice(2));

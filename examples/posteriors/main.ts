import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { pipe, plot } from 'tfjs-bayesian';
import { backendHelp, backendOption, type Choice, parseBackend, tryBackend } from '../backend.ts';
import { complain, FAILED, refusal, runProgram } from '../commandLine.ts';
import { compare, table } from './compare.ts';
import { settings } from './ways.ts';

interface Options {
  readonly out: string;
  readonly backend: Choice;
  readonly help: boolean;
}

const help = `Fits one regression with a gap by seven kinds of posterior, and compares what they know of the gap.

npm run example posteriors -- [options]

  --out DIR         the folder for the figures, one for each posterior (default out/posteriors)
${backendHelp}
  --help            prints this text`;

const spec = {
  out: { type: 'string', default: path.join('out', 'posteriors') },
  backend: backendOption,
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const parse = (argv: readonly string[]): E.Either<string, Options> =>
  pipe(
    E.tryCatch(() => parseArgs({ args: [...argv], options: spec, allowPositionals: false }).values, refusal),
    E.chain((values) => E.map((backend: Choice) => ({ ...values, backend }))(parseBackend(values.backend))),
  );

const run = async ({ backend, out }: Options): Promise<number> => {
  const started = await tryBackend('posteriors', backend);
  if (started === undefined) return FAILED;
  mkdirSync(out, { recursive: true });
  console.log(`One regression with a gap, seven posteriors, ${started} backend.\n`);
  const rows = await compare(settings, console.log);
  console.log('\nOn 400 points in the gap and 400 beside it; 90 % intervals, NLL in nats a point:\n');
  console.log(table(rows));
  for (const { name, figure } of rows) {
    const saved = await plot.save(figure, path.join(out, `posterior-${name}.svg`))();
    if (E.isLeft(saved)) return complain(saved.left.message);
  }
  console.log(`\nFigures in ${out}.`);
  return 0;
};

process.exitCode = await runProgram({ name: 'posteriors', help, parse, run }, process.argv.slice(2));

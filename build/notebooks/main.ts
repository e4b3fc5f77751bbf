// Runs the notebooks from clean, each in a process of its own. Fails on any error, also one of a later tick.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { FAILED, refusal, runProgram } from '../../examples/commandLine.ts';
import { execute } from './execute.ts';
import { codeCells, joinText, type Notebook, readNotebook, withOutputs, writeNotebook } from './notebook.ts';
import { prepare } from './prepare.ts';

const help = `Runs the notebooks, each from clean, and fails on any error in them.

npm run notebooks -- [options] [names, such as 1-first-steps; default all]

  --write    keep what they show in their files
  --install  install what they need and end
  --help     this text`;

const folder = 'notebooks';

const report = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** The cells, from 1 as Jupyter counts them, that show something else than in the file. */
const differences = (before: Notebook, after: Notebook): readonly number[] => {
  const old = codeCells(before);
  return codeCells(after).flatMap(({ outputs }, index) =>
    isDeepStrictEqual(outputs, old[index]?.outputs) ? [] : [index + 1],
  );
};

/** Runs one notebook; whether it went well. */
const runOne = async (name: string, write: boolean): Promise<boolean> => {
  const file = join(folder, `${name}.ipynb`);
  const notebook = readNotebook(file);
  const sources = codeCells(notebook).map(({ source }) => joinText(source));
  const began = performance.now();
  const { outputs, failure } = await execute(sources, { folder, tslab: folder });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  if (failure !== undefined) {
    const source = sources[failure.cell] ?? '';
    report(`${file}: cell ${failure.cell + 1} failed after ${seconds} s\n\n${source}\n\n${failure.text}`);
    return false;
  }
  const now = withOutputs(notebook, outputs);
  const different = differences(notebook, now);
  if (write) writeNotebook(file, now);
  const outcome = write ? 'written' : 'not as in the file';
  const note = different.length === 0 ? '' : `; outputs ${outcome}: of cell ${different.join(', ')}`;
  report(`${file}: ${sources.length} cells, ${seconds} s${note}`);
  return true;
};

interface Options {
  readonly write: boolean;
  readonly install: boolean;
  readonly help: boolean;
  /** Without their ending. */
  readonly names: readonly string[];
}

const options = {
  write: { type: 'boolean', default: false },
  install: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const parse = (argv: readonly string[]): E.Either<string, Options> =>
  pipe(
    E.tryCatch(() => parseArgs({ args: [...argv], allowPositionals: true, options }), refusal),
    E.chain(({ values, positionals }) => {
      const all = readdirSync(folder)
        .filter((name) => name.endsWith('.ipynb'))
        .map((name) => basename(name, '.ipynb'))
        .sort();
      const names = positionals.map((name) => basename(name, '.ipynb'));
      const unknown = names.find((name) => !all.includes(name));
      return unknown === undefined
        ? E.right({ ...values, names: names.length > 0 ? names : all })
        : E.left(`there is no notebook '${unknown}'; there are ${all.join(', ')}`);
    }),
  );

const run = async ({ names, write, install }: Options): Promise<number> => {
  await prepare(folder);
  if (install) return 0;
  const failed: string[] = [];
  for (const name of names) if (!(await runOne(name, write))) failed.push(name);
  report(`notebooks: ${names.length - failed.length} ran, ${failed.length} failed`);
  return failed.length > 0 ? FAILED : 0;
};

process.exitCode = await runProgram({ name: 'notebooks', help, parse, run }, process.argv.slice(2));

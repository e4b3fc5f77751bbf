// Runs the notebooks from clean, each in a process of its own. Fails on any error, also one of a later tick.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { execute } from './execute.ts';
import { codeCells, type Notebook, readNotebook, textOf, withOutputs, writeNotebook } from './notebook.ts';
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
  const sources = codeCells(notebook).map(({ source }) => textOf(source));
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
  const told = write ? 'written' : 'not as in the file';
  const note = different.length === 0 ? '' : `; outputs ${told}: of cell ${different.join(', ')}`;
  report(`${file}: ${sources.length} cells, ${seconds} s${note}`);
  return true;
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const run = async (): Promise<void> => {
  await prepare(folder);
  if (values.install) return;
  const all = readdirSync(folder).filter((name) => name.endsWith('.ipynb'));
  const names = positionals.length > 0 ? positionals : all.sort();
  const failed: string[] = [];
  for (const name of names.map((each) => basename(each, '.ipynb')))
    if (!(await runOne(name, values.write))) failed.push(name);
  report(`notebooks: ${names.length - failed.length} ran, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = 1;
};

if (values.help) report(help);
else await run();

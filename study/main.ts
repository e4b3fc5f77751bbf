import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { complain, FAILED, runProgram } from '../examples/commandLine.ts';
import { planImages } from './images/plan.ts';
import { readJournal } from './journal.ts';
import { planMemory } from './memory/plan.ts';
import { help, type Options, parseOptions } from './options.ts';
import type { Planned } from './planned.ts';
import { planRegression } from './regression/plan.ts';
import { writeReport } from './report/write.ts';
import { runRows } from './run.ts';

const folderOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Where journals and pages are. The quick ones are apart, so that they are never taken for the others. */
const places = (quick: boolean) =>
  quick
    ? {
        results: folderOf('../out/study/'),
        page: folderOf('../out/study/study.md'),
        figures: folderOf('../out/study/figures'),
      }
    : {
        results: folderOf('results/'),
        page: folderOf('../docs/study.md'),
        figures: folderOf('../docs/figures/study'),
      };

const plan = ({ data, quick }: Options): readonly Planned[] => [
  ...planRegression(data ?? '', quick),
  ...planImages(quick),
  ...planMemory(),
];

/** The rows that are asked for, and those whose values they need. */
const wanted = (all: readonly Planned[], { only, seeds }: Options): readonly Planned[] => {
  const asked = all.filter(
    ({ id, label: { split = 0, seed = 0 } }) =>
      (only.length === 0 || only.some((start) => id.startsWith(start))) && split < seeds && seed < seeds,
  );
  if (asked.length === 0) complain(`no row's id begins with ${only.join(' or ')}; --list prints them`);
  const needed = new Set(asked.flatMap(({ id, needs }) => (needs === undefined ? [id] : [id, needs])));
  return all.filter(({ id }) => needed.has(id));
};

const run = async (options: Options): Promise<number> => {
  const { results, page, figures } = places(options.quick);
  const { data } = options;
  if (data !== undefined && !existsSync(data)) complain(`--data must be a folder, got '${data}'`);
  const rows = wanted(plan(options), options);
  const before = readJournal(results);
  if (options.list) {
    for (const { id } of rows) console.log(`${before.has(id) ? 'done ' : 'blank'} ${id}`);
    return 0;
  }
  if (!options.report) {
    const failed = await runRows(rows, before, results, options);
    if (failed > 0) return FAILED;
  }
  if (options.report || options.quick)
    for (const file of await writeReport(results, page, figures)) console.log(path.relative('.', file));
  return 0;
};

process.exitCode = await runProgram({ name: 'study', help, parse: parseOptions, run }, process.argv.slice(2));

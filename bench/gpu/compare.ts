import { writeFileSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { useBackend } from 'tfjs-bayesian';
import { groupName, wanted } from '../contender.ts';
import { describeMachine, machine } from '../machine.ts';
import type { Options } from '../options.ts';
import { makeRows, type Row } from '../results.ts';
import { digits, table } from '../table.ts';
import { gpuContenders } from './contenders.ts';
import { measureGroup } from './measureGroup.ts';

/** What is printed around the figures of an adapter that runs on the CPU. */
const WARNING =
  'A SOFTWARE ADAPTER: these figures show that the programs run, and nothing of speed on a GPU. Not kept.';

const makeTable = (rows: readonly Row[]): string =>
  [
    table(
      ['name', 'median ms', 'min ms', 'runs', 'x ours'],
      rows
        .filter(({ failure }) => failure === undefined)
        .map((row) => [
          row.name,
          digits(row.median),
          digits(row.minimum),
          String(row.times.length),
          digits(row.timesOurs),
        ]),
    ),
    ...rows
      .filter(({ failure }) => failure !== undefined)
      .map(({ name, failure }) => `${name}: not measured: ${failure}`),
  ].join('\n');

/** What is kept of a row. */
const kept = ({ name, median, minimum, times, timesOurs, failure }: Row) => ({
  ...{ name, median, minimum, times, timesOurs },
  ...(failure === undefined ? {} : { failure }),
});

/**
 * Measures training steps on webgpu, one group after another, and keeps what there is after each. What a software adapter
 * gives is printed with a warning, and not kept.
 */
export const compareOnGpu = async (
  { rounds, only, json }: Options,
  onProgress: (text: string) => void,
): Promise<number> => {
  const started = await useBackend('webgpu')();
  if (E.isLeft(started) || started.right.adapter === undefined) {
    console.error(`bench: ${E.isLeft(started) ? started.left.message : 'webgpu reports no adapter'}`);
    return 1;
  }
  const { adapter } = started.right;
  const before = machine();
  const around = adapter.software ? `\n${WARNING}\n` : '';
  console.log(`${adapter.description}; ${describeMachine(before)}\n${around}`);
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const chosen = gpuContenders.filter(wanted(only)).map(({ name }) => name);
  const groups = [...new Set(chosen.map(groupName))];
  const rows: Row[] = [];
  for (const group of groups) {
    onProgress(group);
    const names = chosen.filter((name) => groupName(name) === group);
    rows.push(...makeRows(await measureGroup(names, rounds)));
    if (adapter.software) continue;
    const date = new Date().toISOString();
    const whole = { ...before, loadAfter: machine().load };
    const result = { date, command, machine: whole, adapter, rounds, rows: rows.map(kept) };
    writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  }
  onProgress('');
  console.log(`${makeTable(rows)}\n${adapter.software ? around : `\nAs JSON: ${json}`}`);
  return 0;
};

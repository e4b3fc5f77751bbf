import { writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { useBackend, useKernels } from 'tfjs-bayesian';
import { type Contender, type Run, wanted } from '../contender.ts';
import { describeMachine, machine } from '../machine.ts';
import type { Options } from '../options.ts';
import { type Row, rowsOf } from '../results.ts';
import { roundRobin } from '../roundRobin.ts';
import { digits, table } from '../table.ts';
import { gpuContenders } from './contenders.ts';

/** What is printed around the figures of an adapter that runs on the CPU. */
const WARNING =
  'A SOFTWARE ADAPTER: these figures show that the programs run, and nothing of speed on a GPU. Not kept.';

/** Errors of the device, which are no exceptions: running out of memory is one. */
const deviceErrors = (): readonly string[] & { splice: (start: number) => string[] } => {
  const errors: string[] = [];
  const { device } = tf.backend() as unknown as { readonly device: GPUDevice };
  device.addEventListener('uncapturederror', ({ error }) => {
    errors.push(error.message);
  });
  return errors;
};

/** A contender that fails where the device does, and leaves no tensors when it has. */
const guarded =
  (errors: ReturnType<typeof deviceErrors>) =>
  (contender: Contender): Contender => ({
    ...contender,
    start: async () => {
      const run: Run = await contender.start();
      return async (last = true) => {
        await run(last);
        const [error] = last ? errors.splice(0) : [];
        if (error !== undefined) throw new Error(error);
      };
    },
  });

/** The contenders of each group after another: what one group holds is gone before the next begins. */
const measure = async (
  chosen: readonly Contender[],
  rounds: number,
  onProgress: (text: string) => void,
): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  const groups = [...new Set(chosen.map(({ name }) => name.split('/')[0]))];
  for (const group of groups) {
    const own = chosen.filter(({ name }) => name.startsWith(`${group}/`));
    tf.engine().startScope();
    const measured = await roundRobin(own, rounds, { now: () => performance.now(), useKernels, onProgress });
    tf.engine().endScope();
    tf.disposeVariables();
    rows.push(...rowsOf(measured));
  }
  onProgress('');
  return rows;
};

const tableOf = (rows: readonly Row[]): string =>
  [
    table(
      ['name', 'median ms', 'min ms', 'x ours'],
      rows
        .filter(({ failure }) => failure === undefined)
        .map((row) => [row.name, digits(row.median), digits(row.minimum), digits(row.timesOurs)]),
    ),
    ...rows
      .filter(({ failure }) => failure !== undefined)
      .map(({ name, failure }) => `${name}: not measured: ${failure}`),
  ].join('\n');

/** Measures training steps on webgpu. What a software adapter gives is printed with a warning, and not kept. */
export const compareOnGpu = async (
  { rounds, only, json }: Options,
  onProgress: (text: string) => void,
): Promise<number> => {
  const started = await useBackend('webgpu')();
  if (E.isLeft(started) || started.right.adapter === undefined) {
    console.error(`bench: ${E.isLeft(started) ? started.left.message : 'webgpu tells no adapter'}`);
    return 1;
  }
  const { adapter } = started.right;
  const before = machine();
  console.log(
    `${adapter.description}; ${describeMachine(before)}\n${adapter.software ? `\n${WARNING}\n` : ''}`,
  );
  const chosen = gpuContenders.filter(wanted(only)).map(guarded(deviceErrors()));
  const rows = await measure(chosen, rounds, onProgress);
  console.log(tableOf(rows));
  if (adapter.software) {
    console.log(`\n${WARNING}`);
    return 0;
  }
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const result = {
    date: new Date().toISOString(),
    command,
    machine: { ...before, loadAfter: machine().load },
    adapter,
    rounds,
    rows: rows.map(({ name, median, minimum, times, timesOurs, failure }) => ({
      ...{ name, median, minimum, times, timesOurs },
      ...(failure === undefined ? {} : { failure }),
    })),
  };
  writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`\nAs JSON: ${json}`);
  return 0;
};

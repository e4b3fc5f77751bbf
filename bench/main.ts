import '@tensorflow/tfjs-backend-wasm';
import { writeFileSync } from 'node:fs';
import type * as E from 'fp-ts/lib/Either.js';
import { useKernels } from 'tfjs-bayesian';
import { runProgram } from '../examples/commandLine.ts';
import { compareWithRevision } from './against/compare.ts';
import { compareInBrowser } from './browser/compare.ts';
import { type Contender, wanted } from './contender.ts';
import { contenders } from './contenders.ts';
import { flatness, flatTable } from './flat.ts';
import { compareOnGpu } from './gpu/compare.ts';
import { gpuContenders } from './gpu/contenders.ts';
import { axes, growing } from './growth.ts';
import { describeMachine, machine } from './machine.ts';
import { measureMemory, memoryTable, peakAboveIdle, predictionMemory, predictionTable } from './memory.ts';
import { help, type Mode, type Options, parseOptions } from './options.ts';
import { figureOne, type Size } from './problem.ts';
import { makeRows, makeTable, type Row, UNIT } from './results.ts';
import { roundRobin } from './roundRobin.ts';
import { onThreads, useThreads } from './threads.ts';
import { compareWorkers } from './workers/compare.ts';

/** Steps of the look at memory that ends a plain run. */
const SOME_STEPS = 20;

const onProgress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
};

const clearProgress = (): void => onProgress('');

const measure = async (
  chosen: readonly Contender[],
  rounds: number,
  against?: (name: string) => string,
): Promise<readonly Row[]> => {
  const measured = await roundRobin(chosen, rounds, {
    now: () => performance.now(),
    useKernels,
    useThreads,
    onProgress,
  });
  clearProgress();
  return makeRows(measured, against);
};

const memory = async (steps: number) => {
  onProgress('memory');
  const points = await measureMemory(steps);
  const compiled = await measureMemory(steps, 'compiled');
  const predictions = await predictionMemory();
  clearProgress();
  const peak = peakAboveIdle(points);
  console.log(
    `\nMemory of step/ours in MB above idle, over ${steps} steps (at most 150)\n\n${memoryTable(points)}`,
  );
  console.log(`\nThe same of step/compiled\n\n${memoryTable(compiled)}`);
  console.log(`\nMemory of predict/ours in MB above idle\n\n${predictionTable(predictions)}`);
  return { steps, peakAboveIdleMB: peak, points, compiled, predictions };
};

const compare = async ({ rounds, only, threads }: Options) => {
  const chosen = contenders
    .filter((each) => each.name === UNIT || wanted(only)(each))
    .flatMap(onThreads(threads));
  const rows = await measure(chosen, rounds);
  console.log(makeTable(rows));
  return { rounds, rows, ...(only.length === 0 ? { memory: await memory(SOME_STEPS) } : {}) };
};

const growth = async ({ rounds }: Options) => {
  const found: Record<string, readonly Row[]> = {};
  for (const axis of Object.keys(axes) as readonly (keyof Size)[]) {
    const usual = `${axis}/${figureOne[axis]}`;
    const rows = await measure(growing(axis), rounds, () => usual);
    console.log(`${makeTable(rows, `x ${usual}`)}\n`);
    found[axis] = rows;
  }
  return { rounds, growth: found };
};

const flat = async ({ steps, only }: Options) => {
  const kind = only.includes('step/ours') ? 'sampled' : 'closed';
  const found = await flatness(kind, steps, onProgress);
  clearProgress();
  console.log(`The ${kind === 'sampled' ? 'sampled' : 'closed-form'} step on MNIST\n\n${flatTable(found)}`);
  return { kind, blocks: found };
};

const run = async (mode: Exclude<Mode, 'against'>, options: Options): Promise<void> => {
  await useThreads(Math.max(...options.threads));
  const before = machine();
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  console.log(`${describeMachine(before)}\n`);
  const found = await {
    compare,
    growth,
    flat,
    memory: async ({ steps }: Options) => ({ memory: await memory(steps) }),
    workers: (given: Options) => compareWorkers(given, measure),
    browser: (given: Options) => compareInBrowser(given, onProgress),
  }[mode](options);
  const result = {
    date: new Date().toISOString(),
    command,
    machine: { ...before, loadAfter: machine().load },
    ...found,
  };
  writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
  console.log(`\nAs JSON: ${options.json}`);
};

const listNames = (all: readonly Contender[]): readonly string[] => all.map(({ name }) => name);

const parse = (argv: readonly string[]): E.Either<string, Options> =>
  parseOptions(argv, { wasm: listNames(contenders), webgpu: listNames(gpuContenders) });

const main = async (options: Options): Promise<number> => {
  const { mode, backend, against } = options;
  if (mode === 'against') return compareWithRevision(against, options, contenders, onProgress);
  if (backend === 'webgpu') return compareOnGpu(options, onProgress);
  await run(mode, options);
  return 0;
};

process.exitCode = await runProgram({ name: 'bench', help, parse, run: main }, process.argv.slice(2));

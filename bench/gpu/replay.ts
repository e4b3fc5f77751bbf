// What handing a training step over to a GPU costs, as it is and compiled: on Dawn's null backend, which computes nothing. Run by
// `npx tsx --tsconfig bench/tsconfig.json bench/gpu/replay.ts`, once the package is built.
import type { random } from 'tfjs-bayesian';
import type { LossParts } from 'tfjs-bayesian/transforms';
import { create, globals } from 'webgpu';
import type { Rows } from '../ours.ts';

Object.assign(globalThis, globals);
const gpu = create(['backend=null']);
Object.defineProperty(globalThis, 'navigator', {
  value: Object.defineProperty(Object.create(globalThis.navigator ?? {}), 'gpu', { value: gpu }),
  configurable: true,
});

// TensorFlow.js's backend looks for navigator.gpu when it is imported.
const { compile, startBackend } = await import('tfjs-bayesian');
const { closedLoss, makeTraining, sampledLoss } = await import('../ours.ts');
const { encoderLoss } = await import('../encoder/ours.ts');
const { encoderProblem, sequences } = await import('../encoder/problem.ts');
const { figureOne, makeBatch } = await import('../problem.ts');
const { median, minimum } = await import('../statistics.ts');
const { digits, table } = await import('../table.ts');

const ROUNDS = 200;
const WARM_UP = 20;

type Loss<P> = (params: P, key: random.Key, batch: Rows) => LossParts;

await startBackend('webgpu');

/** Runs a function, and lets Dawn free what it holds. */
const once = async (run: () => void): Promise<number> => {
  const start = performance.now();
  run();
  const time = performance.now() - start;
  await new Promise((resolve) => setImmediate(resolve));
  return time;
};

/** The programs that a function hands over. */
const countPrograms = async (run: () => void): Promise<number> => {
  const pass = GPUComputePassEncoder.prototype;
  const { dispatchWorkgroups } = pass;
  let programs = 0;
  pass.dispatchWorkgroups = function (...size) {
    programs += 1;
    return dispatchWorkgroups.apply(this, size);
  };
  await once(run);
  pass.dispatchWorkgroups = dispatchWorkgroups;
  return programs;
};

/** The row of a loss: its programs, the times of both steps, and the memory that the recording holds. */
const measured = async <P>(
  name: string,
  { loss, init }: { readonly loss: Loss<P>; readonly init: () => P },
  batch: Rows,
): Promise<readonly string[]> => {
  const compiled = compile(loss);
  const steps = [loss, compiled].map((each) => {
    const training = makeTraining(each, init());
    return () => training.advance(batch).dispose();
  });
  const times = steps.map((): number[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round++)
    for (const [at, step] of steps.entries()) {
      const time = await once(step);
      if (round >= 0) times[at]!.push(time);
    }
  const programs = await countPrograms(steps[0]!);
  const shown = times.map((each) => `${digits(median(each))} (${digits(minimum(each))})`);
  return [name, `${programs}`, ...shown, digits(compiled.report().bytes / 2 ** 20)];
};

const rows = [
  await measured('step', sampledLoss(figureOne), makeBatch(figureOne)),
  await measured('closed', closedLoss(figureOne), makeBatch(figureOne)),
  await measured('encoder', encoderLoss(), sequences(encoderProblem)),
];
console.log(table(['', 'programs', 'as is ms', 'compiled ms', 'held MiB'], rows));
process.exit(0);

import { type Execute, onAbort, runnerWith, withinGrace } from './outcomes.ts';
import type { Runner } from './runner.ts';
import { runTask } from './runTask.ts';

const execute: Execute = async (job, task, { started, signal, ...reports }) => {
  started();
  const ended = runTask(job, task, reports, signal);
  const stopped = new Promise<void>((resolve) => {
    onAbort(signal, resolve);
  });
  await Promise.race([stopped, ended]);
  if (!signal.aborted) return ended;
  await withinGrace(ended);
  return { _tag: 'Stopped' };
};

/**
 * A runner on this thread: one input after the other, on the current backend. Configurations and results are encoded and
 * decoded as for the other runners, so that what works here works there, and gives the same bits.
 *
 * @example
 * const runner = parallel.inline();
 * const double = parallel.job(import.meta.url, 'double', (x: number) => 2 * x);
 * const values: number[] = [];
 * for await (const outcome of runner.map(double, [1, 2, 3], { key: random.key(0) }))
 *   if (E.isRight(outcome)) values.push(outcome.right.value);
 * console.log(values.join()); // 2,4,6
 */
export const inline = (): Runner =>
  runnerWith('parallel.inline', { size: 1, execute, sharesMemory: true }, async () => {});

import { type Execute, onAbort, type Reply, runnerWith } from './outcomes.ts';
import type { Runner } from './runner.ts';
import { runTask } from './runTask.ts';

const execute: Execute = (job, task, { started, signal, ...reports }) => {
  started();
  const stopped = new Promise<Reply>((resolve) => {
    onAbort(signal, () => resolve({ _tag: 'Stopped' }));
  });
  return Promise.race([stopped, runTask(job, task, reports, signal)]);
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
export const inline = (): Runner => runnerWith('parallel.inline', { size: 1, execute }, async () => {});

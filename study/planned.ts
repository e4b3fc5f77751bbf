import type { parallel } from 'tfjs-bayesian';
import type { Label } from './journal.ts';
import type { Measured } from './measured.ts';

/** A job with its configuration. */
export interface Task {
  readonly job: parallel.Job<never, Measured<unknown>>;
  readonly config: unknown;
}

/**
 * A task, whose job takes that configuration.
 *
 * @example
 * task(regression, { folder, dataset: 'yacht', split: 0, method: 'plain', settings, length });
 */
export const task = <C, V>(job: parallel.Job<C, Measured<V>>, config: C): Task => ({
  job: job as unknown as Task['job'],
  config,
});

/** A row of a table that is to be run. */
export interface Planned {
  /** Such as regression/housing/plain/3: it also names the row's random key. */
  readonly id: string;
  readonly label: Label;
  /** The row whose values the task needs, which stands earlier in the plan. */
  readonly needs?: string;
  /** What to run, by the values of that row. */
  readonly task: (values: unknown) => Task;
}

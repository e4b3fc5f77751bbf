import * as tf from '@tensorflow/tfjs-core';
import { loops } from '../../../src/vmap/rules/loops.ts';
import { refusals } from '../../../src/vmap/rules/refusals.ts';
import { kinds } from './kinds.ts';

/** What `vmap` does with a kernel. */
export interface Coverage {
  readonly kernel: string;
  /**
   * `rule`: all samples in calls whose number does not grow with theirs; `partly`: so in most calls, and in those that
   * `note` names one for each sample; `loop`: one for each sample; `none`: it takes no tensors, so it runs
   * once, as outside of `vmap`; `refused`: an error that says what `note` says.
   */
  readonly how: 'rule' | 'partly' | 'loop' | 'none' | 'refused';
  /** What kind of kernel it is, as `kinds` names it. */
  readonly kind: string;
  /** Where and why it loops, or why it is refused and what to do instead; else empty. */
  readonly note: string;
}

/** The names that tfjs-core exports. The library's own kernels have rules too, and are not among them. */
const named: ReadonlySet<unknown> = new Set(Object.values(tf));

const withoutTensors: readonly string[] = [tf.Fill, tf.FromPixels, tf.LinSpace, tf.Range];

const entry = (kernel: string, kind: string): Coverage => {
  const refusal = refusals[kernel];
  if (refusal) return { kernel, how: 'refused', kind, note: `${refusal.because}. ${refusal.instead}` };
  const loop = loops[kernel];
  if (loop === undefined) return { kernel, how: 'rule', kind, note: '' };
  return loop.where === undefined
    ? { kernel, how: 'loop', kind, note: loop.because }
    : { kernel, how: 'partly', kind, note: `${loop.where}: ${loop.because}` };
};

/** What `vmap` does with each kernel that tfjs-core names, in the order of their names. */
export const coverage: readonly Coverage[] = [
  ...Object.entries(kinds).flatMap(([kind, rules]) =>
    Object.keys(rules).map((kernel) => entry(kernel, kind)),
  ),
  ...withoutTensors.map((kernel) => ({ kernel, how: 'none', kind: 'takes no tensors', note: '' }) as const),
]
  .filter(({ kernel }) => named.has(kernel))
  .sort((a, b) => (a.kernel < b.kernel ? -1 : 1));

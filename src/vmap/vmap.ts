import { getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { engineInternals } from '../ops/engine.ts';
import { hasKernel, setupKernel } from '../ops/registry.ts';
import { tidying } from '../tree/tidied.ts';
import type { Axes } from './axes.ts';
import type { Batchable } from './batchable.ts';
import { batchSize, traceInputs } from './inputs.ts';
import { untraceOutputs } from './outputs.ts';
import { vmapState } from './state.ts';
import { enter } from './within.ts';

/** Options of `vmap`. */
export interface VmapOptions {
  /** The mapped axis of every argument, or a list with an entry for each; see `Axes`. Default 0. */
  readonly inAxes?: Axes;
  /** The position of the batch axis in the outputs; see `Axes`. Default 0. */
  readonly outAxes?: Axes;
  /** The number of samples; needed only if no argument is mapped. */
  readonly axisSize?: number;
}

type Atom = Tensor | string | number | boolean | bigint | symbol | null | undefined;

/** An argument of a mapped function: as the function takes it, or with lists in place of single keys. */
export type VmapArgument<T> = T extends Atom | ((...args: never[]) => unknown)
  ? T
  : T extends Batchable
    ? T | readonly T[]
    : T | readonly T[] | { readonly [K in keyof T]: VmapArgument<T[K]> };

/** The arguments of a mapped function. */
export type VmapArguments<A extends readonly unknown[]> = { readonly [K in keyof A]: VmapArgument<A[K]> };

/** Rules call kernels of TensorFlow.js with more axes than its webgpu backend computes rightly without our fixes. */
const assertFixed = (): void => {
  if (getBackend() === 'webgpu' && !hasKernel(setupKernel))
    throw new Error(
      "vmap: on webgpu, import 'tfjs-bayesian/backend' too: some of TensorFlow.js's own kernels return wrong numbers there",
    );
};

const optionNames: OptionNames<VmapOptions> = { inAxes: true, outAxes: true, axisSize: true };

/**
 * Maps a function over an axis of its arguments. The function is written for one sample, in plain `tf.*` calls on
 * shapes without a batch axis; all samples are computed at once. The result is the same as calling it for each sample
 * and stacking the outputs.
 *
 * `vmap` nests; `tf.tidy`, `tf.customGrad` and `tf.grad` work inside, and `tf.grad` outside. Inside, values cannot be
 * read, variables cannot be assigned, and random numbers need a key. An argument, or a part of one, that is a random
 * key for the function is passed as a list of keys; an output that is a key is returned as a list (its type is still
 * that of one key). Outputs that are the same for all samples are repeated. Values that are neither tensors nor keys
 * pass through unchanged.
 *
 * The arguments still belong to the caller, even if the function disposes them; the outputs are new tensors, and all
 * intermediates are disposed.
 *
 * `tfjs-bayesian/vmap`, imported alone, brings neither gradients nor kernels: import `tfjs-bayesian/backend` beside it for
 * `tf.grad`, unless all of `@tensorflow/tfjs` is there, and for webgpu.
 *
 * @param f takes and returns tensors, keys, or trees of them
 * @throws Error if `f` is async or not pure (where that is detectable: random numbers without a key, reading values,
 *   assigning variables), if the axes match neither the arguments nor each other, or on webgpu without the fixes of
 *   `tfjs-bayesian/backend`
 * @example
 * const logDensity = (x: tf.Tensor, mean: tf.Tensor) =>
 *   tf.neg(tf.sum(tf.squaredDifference(x, mean)));
 * const each = vmap(logDensity, { inAxes: [0, null] });
 * each(tf.zeros([10, 3]), tf.ones([3])); // shape [10]
 */
export const vmap = <A extends readonly unknown[], Y>(
  f: (...args: A) => Y,
  options: VmapOptions = {},
): ((...args: VmapArguments<A>) => Y) => {
  if (typeof f !== 'function') invalidArgument('vmap: f', 'a function', f);
  const { inAxes = 0, outAxes = 0, axisSize } = knownOptions('vmap', options, optionNames);
  return tidying((...args: VmapArguments<A>): Y => {
    assertFixed();
    const size = batchSize(inAxes, args, axisSize);
    const state = vmapState();
    state.level += 1;
    const frame = { level: state.level, size };
    const firstId = engineInternals().nextTensorId();
    const leave = enter(frame);
    try {
      const output: unknown = f(...(traceInputs(inAxes, args, frame.level, state) as A));
      return untraceOutputs(outAxes, output, frame, firstId) as Y;
    } finally {
      leave();
    }
  });
};

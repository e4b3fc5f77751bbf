import { Pack, reshape, type Tensor, Transpose, Unpack, util } from '@tensorflow/tfjs-core';
import { runKernel } from '../../ops/engine.ts';
import type { BatchingRule, KernelCall, Operand } from '../rule.ts';
import { spread } from '../tile.ts';

/** Entries of the table with the same rule for several kernels. */
export const rulesFor = (
  kernels: readonly string[],
  rule: BatchingRule,
): Readonly<Record<string, BatchingRule>> => Object.fromEntries(kernels.map((kernel) => [kernel, rule]));

/** The highest rank that tfjs's wasm kernels add or pad; above it they leave the result uninitialised. */
export const highestRankOnWasm = 6;

/** The number of elements of a shape. */
export const sizeFromShape = (shape: readonly number[]): number => util.sizeFromShape([...shape]);

/** A required input of a call. */
export const operand = (call: KernelCall, name: string): Operand => {
  const found = call.inputs[name];
  if (found === undefined) throw new Error(`vmap: ${call.kernel} was called without its input '${name}'`);
  return found;
};

/** Every present input, in order. */
export const operands = (call: KernelCall): readonly Operand[] =>
  Object.values(call.inputs).filter((input) => input !== undefined);

/** An operand with a batch axis, repeated if it has none. */
export const batched = ({ tensor, batched: is }: Operand, size: number): Tensor =>
  is ? tensor : spread(tensor, size);

/** The inputs by name, each mapped by a function. */
export const mapInputs = (
  call: KernelCall,
  f: (input: Operand, name: string) => Tensor,
): Readonly<Record<string, Tensor | undefined>> => {
  // A loop for speed: this runs for nearly every kernel inside vmap.
  const changed: Record<string, Tensor | undefined> = {};
  for (const name in call.inputs) {
    const input = call.inputs[name];
    changed[name] = input && f(input, name);
  }
  return changed;
};

/** An axis of one sample, counted from its end if negative, as an axis of the batch. */
export const batchAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis) + 1;

/** Axes of one sample (`undefined`: all of them) as axes of the batch. */
export const batchAxes = (axis: unknown, shape: readonly number[]): number[] =>
  util.parseAxisParam(axis as number | number[], [...shape]).map((one) => one + 1);

/** Moves one axis to another place. */
export const moveAxis = (x: Tensor, from: number, to: number): Tensor => {
  if (from === to) return x;
  // The kernel transposes real numbers.
  if (x.dtype === 'string' || x.dtype === 'complex64')
    return runKernel(Pack, runKernel<Tensor[]>(Unpack, { value: x }, { axis: from }), { axis: to });
  const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  return runKernel(Transpose, { x }, { perm: [...others.slice(0, to), from, ...others.slice(to)] });
};

/** Merges the batch axis and the sample's first axis. */
export const merge = (x: Tensor): Tensor => {
  const [size, first, ...rest] = x.shape;
  return reshape(x, [size! * first!, ...rest]);
};

/** The inverse of `merge`. */
export const unmerge = (x: Tensor, size: number): Tensor =>
  reshape(x, [size, x.shape[0]! / size, ...x.shape.slice(1)]);

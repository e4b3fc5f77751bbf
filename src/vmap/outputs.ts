import { clone, type Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { isNode, isTensor } from '../tree/index.ts';
import { type Axes, axisFromFront, foldAxes, placeName, rebuild } from './axes.ts';
import { isBatchable, unstackBatch } from './batchable.ts';
import { physicalIn } from './promote.ts';
import { moveAxis } from './rules/operands.ts';
import type { Frame } from './state.ts';
import { traceLevel } from './tracer.ts';

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

const refusePromise = (promise: PromiseLike<unknown>, place: string): never => {
  // Its rejection is a consequence of this error.
  promise.then(undefined, () => undefined);
  throw new Error(`vmap: f must not be async, but its ${place} is a promise: await before vmap, or after`);
};

/**
 * The outputs of all samples: tensors get the batch axis back, keys become lists, other values are returned unchanged.
 *
 * @param firstId the first tensor id of this call: an older tensor belongs to the caller and is copied, as is one that
 *   the function keeps or returns twice
 * @throws Error if an output is a promise, or an axis is out of range or `null` for an output that differs between
 *   samples
 */
export const untraceOutputs = (outAxes: Axes, output: unknown, frame: Frame, firstId: number): unknown => {
  const given = new Set<number>();
  const own = (tensor: Tensor): Tensor => {
    const fresh = tensor.id >= firstId && !tensor.kept && !given.has(tensor.id);
    const result = fresh ? tensor : clone(tensor);
    given.add(result.id);
    return result;
  };
  const tensorOut = (tensor: Tensor, axis: number | null, argument: string): Tensor => {
    if (axis !== null) {
      const at = axisFromFront(axis, tensor.rank + 1, argument);
      return own(moveAxis(physicalIn(frame)(tensor), 0, at));
    }
    if (traceLevel(tensor) !== frame.level) return own(tensor);
    return invalidArgument(argument, 'an axis, since this output differs between samples', axis);
  };
  return foldAxes<unknown>('outAxes', 'output', {
    isLeaf: (value) => !isNode(value),
    leaf: (value, axis, path) => {
      const argument = `vmap: outAxes for ${placeName('output', path)}`;
      if (isTensor(value)) return tensorOut(value, axis, argument);
      if (isPromise(value)) return refusePromise(value, placeName('output', path));
      if (!isBatchable(value)) return value;
      if (axis === null) return invalidArgument(argument, '0 for a key', axis);
      axisFromFront(axis, 1, argument);
      return value[unstackBatch](frame.level, frame.size);
    },
    node: rebuild,
  })(outAxes, output);
};

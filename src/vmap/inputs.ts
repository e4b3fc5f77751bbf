import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, invalidArgument, listed, positiveInteger } from '../check/index.ts';
import { isNode, isTensor, type Path } from '../tree/index.ts';
import { type Axes, axisFromFront, foldAxes, placeName, rebuild } from './axes.ts';
import { isBatchable, stackBatch } from './batchable.ts';
import { resolve } from './promote.ts';
import { moveAxis } from './rules/operands.ts';
import type { VmapState } from './state.ts';
import { batchTracer, lentTracer } from './tracer.ts';

const isBatchableList = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isBatchable);

/** The argument list itself is not a list of keys, even if all arguments are keys. */
const isLeaf = (value: unknown, axis: number | null, path: Path): boolean =>
  axis === null || !isNode(value) || (path.length > 0 && isBatchableList(value));

interface Mapped {
  readonly place: string;
  readonly size: number;
}

const mappedAt = (value: unknown, axis: number | null, place: string): readonly Mapped[] => {
  if (axis === null) return [];
  const argument = `vmap: inAxes for ${place}`;
  if (isTensor(value)) return [{ place, size: value.shape[axisFromFront(axis, value.rank, argument)]! }];
  if (Array.isArray(value))
    return axisFromFront(axis, 1, argument) === 0 ? [{ place, size: value.length }] : [];
  if (!isBatchable(value)) return [];
  throw new Error(
    `${argument} must be null for a single key; to map over keys pass a list of them, as random.split(key, n) makes`,
  );
};

/**
 * The number of samples: the size of the mapped axes, which must agree, or else `axisSize`.
 *
 * @throws Error if an axis is out of range, sizes differ, or the size cannot be determined
 */
export const batchSize = (inAxes: Axes, args: readonly unknown[], axisSize: number | undefined): number => {
  if (Array.isArray(inAxes) ? inAxes.length !== args.length : isNode(inAxes)) {
    invalidArgument(
      'vmap: inAxes',
      `an axis, null, or a list with an entry for each of the ${args.length} arguments`,
      inAxes,
    );
  }
  const mapped = foldAxes<readonly Mapped[]>('inAxes', 'args', {
    isLeaf,
    leaf: (value, axis, path) => mappedAt(value, axis, placeName('args', path)),
    node: (children) => children.flatMap(([, found]) => found),
  })(inAxes, args);
  const given =
    axisSize === undefined ? [] : [{ place: 'axisSize', size: positiveInteger('vmap: axisSize', axisSize) }];
  const all = [...mapped, ...given];
  const first = all[0];
  if (first === undefined) {
    throw new Error(
      `vmap: no argument is mapped, so axisSize must say how many samples there are; the arguments are ${describe(args)}, ` +
        'and only tensors and lists of keys are mapped',
    );
  }
  if (all.some(({ size }) => size !== first.size)) {
    const sizes = listed(all.map(({ place, size }) => `${place} has ${size}`));
    throw new Error(`vmap: the mapped axes must all have the same size, but ${sizes}`);
  }
  if (first.size === 0)
    throw new Error(`vmap: the mapped axes must not be empty, but ${describe(first.place)} is`);
  return first.size;
};

/** The arguments passed to the function: tracers for mapped ones, all others unchanged. */
export const traceInputs = (
  inAxes: Axes,
  args: readonly unknown[],
  level: number,
  state: VmapState,
): readonly unknown[] =>
  foldAxes<unknown>('inAxes', 'args', {
    isLeaf,
    leaf: (value, axis) => {
      if (axis === null) return value;
      if (isTensor(value)) {
        const tensor: Tensor = resolve(state)(value);
        const physical = moveAxis(tensor, axisFromFront(axis, tensor.rank, 'vmap: inAxes'), 0);
        return physical === tensor ? lentTracer(physical, level) : batchTracer(physical, level);
      }
      return isBatchableList(value) ? stack(value, level) : value;
    },
    node: rebuild,
  })(inAxes, args) as readonly unknown[];

const stack = (items: unknown, level: number): unknown => {
  const list = (items as readonly unknown[]).filter(isBatchable);
  return list[0]![stackBatch](list, level);
};

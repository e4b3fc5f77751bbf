import { invalidArgument } from '../../check/index.ts';
import type { Values } from '../safetensors/values.ts';

/** PyTorch's layout of a weight of the model. */
export interface TorchLayout {
  /** PyTorch's shape of a weight, given the model's. */
  readonly shape: (ours: readonly number[]) => readonly number[];
  /** The model's axes in PyTorch's order. */
  readonly axes: (rank: number) => readonly number[];
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** The unchanged layout. */
export const sameLayout: TorchLayout = { shape: (ours) => ours, axes: range };

const outFirstAxes = (rank: number): readonly number[] =>
  rank < 2 ? range(rank) : [rank - 1, rank - 2, ...range(rank - 2)];

/** `[...kernel, in, out]` here is `[out, in, ...kernel]` in PyTorch; vectors stay. */
export const outFirst: TorchLayout = {
  shape: (ours) => outFirstAxes(ours.length).map((axis) => ours[axis] as number),
  axes: outFirstAxes,
};

/** `[size]` here is `[1, 1, size]` in PyTorch. */
export const asSequence: TorchLayout = { shape: (ours) => [1, 1, ...ours], axes: range };

/** The axes that invert a transposition. */
export const inverse = (axes: readonly number[]): readonly number[] =>
  range(axes.length).map((axis) => axes.indexOf(axis));

/**
 * Transposes values bit for bit, which a GPU backend does not guarantee.
 *
 * @throws Error if the axes are not those of the shape
 * @example
 * transposed(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3], [1, 0]); // 1, 4, 2, 5, 3, 6
 */
export const transposed = <V extends Values>(
  values: V,
  shape: readonly number[],
  axes: readonly number[],
): V => {
  if (axes.length !== shape.length) invalidArgument('transposed: axes', `${shape.length} axes`, axes);
  if (axes.every((axis, i) => axis === i)) return values;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = axes.map((axis) => shape[axis] as number);
  const steps = axes.map((axis) => strides[axis] as number);
  const result = values.slice() as V;
  const last = axes.length - 1;
  let to = 0;
  const fill = (axis: number, from: number): void => {
    const [size, step] = [sizes[axis] as number, steps[axis] as number];
    for (let i = 0; i < size; i++) {
      if (axis < last) fill(axis + 1, from + i * step);
      else {
        result[to] = values[from + i * step] as number;
        to += 1;
      }
    }
  };
  fill(0, 0);
  return result;
};

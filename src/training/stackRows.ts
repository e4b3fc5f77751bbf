import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { isNode, isTensor, type Path, tidied } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';

/** Numbers or booleans, in lists of one depth. */
export type NestedNumbers = readonly (number | boolean | NestedNumbers)[];

type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** The batch that rows of type `R` make: a tensor for each number, list of numbers, typed array or tensor of a row. */
export type Stacked<R> = R extends tf.Tensor | number | boolean | TypedArray | NestedNumbers
  ? tf.Tensor
  : { readonly [K in keyof R]: Stacked<R[K]> };

/** One leaf that all rows have: a tensor, or the numbers of one. */
interface Column {
  readonly shape: readonly number[];
  readonly dtype: tf.Tensor['dtype'];
  readonly isTensor: boolean;
}

/** The structure of all rows, with their leaves in order. */
export type RowForm =
  | Column
  | { readonly isList: boolean; readonly parts: readonly (readonly [name: string, form: RowForm])[] };

const integers = [Int8Array, Int16Array, Int32Array, Uint8Array, Uint8ClampedArray, Uint16Array];

const isTypedArray = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) &&
  !(value instanceof DataView || value instanceof BigInt64Array || value instanceof BigUint64Array);

const isNumber = (value: unknown): value is number | boolean =>
  typeof value === 'number' || typeof value === 'boolean';

/** Whether a list is one tensor and not a tuple of several: its first leaf is a number. */
const isNumbers = (value: unknown): value is NestedNumbers =>
  Array.isArray(value) && (value.length === 0 || isNumber(value[0]) || isNumbers(value[0]));

const nestedShape = (value: unknown): readonly number[] =>
  Array.isArray(value) ? [value.length, ...(value.length === 0 ? [] : nestedShape(value[0]))] : [];

const firstElement = (value: unknown): unknown => (Array.isArray(value) ? firstElement(value[0]) : value);

const asColumn = (leaf: unknown): Column | undefined => {
  if (isTensor(leaf)) return { shape: leaf.shape, dtype: leaf.dtype, isTensor: true };
  if (isTypedArray(leaf)) {
    const isInteger = integers.some((kind) => leaf instanceof kind);
    return { shape: [leaf.length], dtype: isInteger ? 'int32' : 'float32', isTensor: false };
  }
  if (!isNumber(leaf) && !isNumbers(leaf)) return undefined;
  const dtype = typeof firstElement(leaf) === 'boolean' ? 'bool' : 'float32';
  return { shape: nestedShape(leaf), dtype, isTensor: false };
};

/** The name of a part of a row in messages. */
const partName = (row: string, path: Path): string =>
  `stream: ${path.length === 0 ? '' : `${pathName(path)} of `}${row}`;

const anyLeaf = 'a number, a boolean, a list of these, a typed array or a tensor';

/**
 * The form of a row.
 *
 * @param row the row's name in messages
 * @throws Error for a leaf that is neither numbers nor a tensor
 * @example
 * const form = rowForm({ inputs: [0.5, 1.5], targets: 3 }, 'row 0 of epoch 0');
 */
export const rowForm = (value: unknown, row: string, path: Path = []): RowForm => {
  const column = asColumn(value);
  if (column !== undefined) return column;
  if (!isNode(value)) return invalidArgument(partName(row, path), anyLeaf, value);
  const parts = Object.entries(value).map(
    ([name, part]) => [name, rowForm(part, row, [...path, name])] as const,
  );
  return { isList: Array.isArray(value), parts };
};

const isColumn = (form: RowForm): form is Column => 'dtype' in form;

const described = ({ shape, dtype, isTensor }: Column): string => {
  const what = isTensor ? `${dtype} tensor` : dtype === 'bool' ? 'booleans' : `${dtype} numbers`;
  return shape.length === 0 && !isTensor ? `one of ${what}` : `${what} of shape [${shape.join(', ')}]`;
};

/** Whether numbers have a shape, all the way down, and are all numbers or all booleans. */
const hasShape = (value: unknown, shape: readonly number[], type: string, axis = 0): boolean => {
  if (axis === shape.length) return typeof value === type;
  if (!Array.isArray(value) || value.length !== shape[axis]) return false;
  for (const part of value) if (!hasShape(part, shape, type, axis + 1)) return false;
  return true;
};

const fits = (leaf: unknown, { shape, dtype, isTensor: whole }: Column): boolean => {
  if (Array.isArray(leaf) || isNumber(leaf))
    return !whole && dtype !== 'int32' && hasShape(leaf, shape, dtype === 'bool' ? 'boolean' : 'number');
  const own = asColumn(leaf);
  return own !== undefined && own.isTensor === whole && own.dtype === dtype && sameShape(own.shape, shape);
};

/**
 * The leaves of a row, if it has the form.
 *
 * @param row the row's name in messages
 * @throws Error naming the part of the row that has another form
 * @example
 * rowLeaves(form, { inputs: [0.5, 1.5], targets: 3 }, 'row 1 of epoch 0'); // [[0.5, 1.5], 3]
 */
export const rowLeaves = (form: RowForm, value: unknown, row: string): readonly unknown[] => {
  const leaves: unknown[] = [];
  const visit = (own: RowForm, node: unknown, path: Path): void => {
    if (isColumn(own)) {
      if (!fits(node, own)) invalidArgument(partName(row, path), `${described(own)}, as before`, node);
      leaves.push(node);
      return;
    }
    const { isList, parts: known } = own;
    const isSame =
      isNode(node) &&
      Array.isArray(node) === isList &&
      Object.keys(node).length === known.length &&
      known.every(([name]) => Object.hasOwn(node, name));
    if (!isSame) {
      const parts = isList ? `${known.length} parts` : `parts [${known.map(([name]) => name).join(', ')}]`;
      invalidArgument(partName(row, path), `of ${parts}, as before`, node);
    }
    for (const [name, part] of known) visit(part, Reflect.get(node as object, name), [...path, name]);
  };
  visit(form, value, []);
  return leaves;
};

/** Writes numbers in order, and returns the next place. */
const write = (out: Float32Array | Int32Array | Uint8Array, at: number, leaf: unknown): number => {
  if (isTypedArray(leaf)) {
    out.set(leaf, at);
    return at + leaf.length;
  }
  if (Array.isArray(leaf)) return leaf.reduce<number>((place, part) => write(out, place, part), at);
  out[at] = Number(leaf);
  return at + 1;
};

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

const stackColumn = ({ shape, dtype, isTensor }: Column, leaves: readonly unknown[]): tf.Tensor => {
  if (isTensor) return tf.stack(leaves as tf.Tensor[]);
  const size = tf.util.sizeFromShape([...shape]);
  const values = new arrays[dtype as keyof typeof arrays](leaves.length * size);
  leaves.forEach((leaf, row) => {
    write(values, row * size, leaf);
  });
  return tf.tensor(values, [leaves.length, ...shape], dtype);
};

/**
 * Stacks rows to a batch of new tensors, and disposes the rows' own.
 *
 * @param rows the leaves of each row, as `rowLeaves` returns them
 * @example
 * stackRows(form, [[[0.5, 1.5], 3], [[2.5, 3.5], 4]]); // { inputs: [2, 2], targets: [2] }
 */
export const stackRows = (form: RowForm, rows: readonly (readonly unknown[])[]): unknown => {
  const place = { column: 0 };
  const build = (own: RowForm): unknown => {
    if (isColumn(own)) {
      const column = place.column++;
      return stackColumn(
        own,
        rows.map((leaves) => leaves[column]),
      );
    }
    const parts = own.parts.map(([name, part]) => [name, build(part)] as const);
    return own.isList ? parts.map(([, part]) => part) : Object.fromEntries(parts);
  };
  const batch = tidied(() => build(form));
  for (const leaves of rows)
    for (const leaf of leaves) if (isTensor(leaf) && !leaf.isDisposed) leaf.dispose();
  return batch;
};

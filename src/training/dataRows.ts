import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { at, entries, isNode, map, type Path } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';

/** Whether an input is data, or which parts of it are; parts that are not named are not data. */
export type DataInputs = boolean | readonly DataInputs[] | { readonly [name: string]: DataInputs };

/** The rows of inputs. */
export interface Rows {
  /** The number of rows. */
  readonly rows: number;
  /** The inputs with `count` rows from `start` on; inputs that are not data are kept whole. */
  readonly from: (start: number, count: number) => readonly unknown[];
  /** Throws for inputs that may or may not be data, if there are any. */
  readonly ambiguous: (() => never) | undefined;
}

const nameOf = (path: Path): string => pathName(['inputs', ...path]);

/** Whether `data` marks the input at a path. */
const markAt = (data: DataInputs | undefined, [name, ...rest]: Path): boolean => {
  if (typeof data === 'boolean' || data === undefined) return data === true;
  return name !== undefined && Object.hasOwn(data, name) && markAt((data as never)[name], rest);
};

/** Rejects invalid marks, and names that the inputs do not have. */
const assertMarks = (data: unknown, inputs: unknown, path: Path = []): void => {
  const place = pathName(['predict: data', ...path]);
  if (typeof data === 'boolean') return;
  if (!isNode(data)) invalidArgument(place, 'true or false, or a list or record of these', data);
  // An omitted optional argument.
  if (inputs === undefined) return;
  if (!isNode(inputs)) invalidArgument(place, `true or false, since ${nameOf(path)} has no parts`, data);
  for (const [name, mark] of Object.entries(data as object)) {
    if (path.length > 0 && !Object.hasOwn(inputs as object, name)) {
      invalidArgument(`${place}.${name}`, `a part of ${nameOf(path)}`, 'none of that name');
    }
    assertMarks(mark, at([name])(inputs), [...path, name]);
  }
};

const sliceRows = (start: number, count: number) => (x: tf.Tensor) => tf.slice(x, start, count);

/**
 * The rows of inputs: of those marked by `data`, or of the argument with the first tensor.
 *
 * @throws Error for marks that do not fit the inputs, or data without rows or with different numbers of rows
 * @example
 * dataRows([true, false])([tf.ones([5, 2]), tf.ones([5, 5])]).rows; // 5
 */
export const dataRows = (data: readonly DataInputs[] | undefined): ((inputs: readonly unknown[]) => Rows) => {
  if (data !== undefined && !Array.isArray(data))
    invalidArgument('predict: data', 'a list with true or false for each input', data);
  return (inputs) => {
    if (data !== undefined) assertMarks(data, inputs);
    const all = entries(inputs);
    const first = data === undefined ? all[0] : all.find(({ path }) => markAt(data, path));
    const rows = first?.tensor.shape[0] ?? 0;
    if (first === undefined || rows === 0) {
      const expected =
        data === undefined ? 'at least one tensor with rows' : 'tensors with rows where data is true';
      return invalidArgument('predict: inputs', expected, first?.tensor ?? inputs);
    }
    const isData = ({ path, tensor }: (typeof all)[number]): boolean =>
      data === undefined ? path[0] === first.path[0] && tensor.shape[0] === rows : markAt(data, path);
    const chosen = all.filter(isData);
    for (const { path, tensor } of chosen) {
      if (tensor.shape[0] !== rows)
        invalidArgument(
          `predict: ${nameOf(path)}`,
          `a tensor of ${rows} rows like ${nameOf(first.path)}`,
          tensor,
        );
    }
    const places = new Set(chosen.map(({ path }) => pathName(path)));
    const unclear =
      data === undefined
        ? all.find((entry) => !places.has(pathName(entry.path)) && entry.tensor.shape[0] === rows)
        : undefined;
    return {
      rows,
      from: (start, count) =>
        count === rows
          ? inputs
          : (map((x, path) => (places.has(pathName(path)) ? sliceRows(start, count)(x) : x))(
              inputs,
            ) as readonly unknown[]),
      ambiguous:
        unclear &&
        (() =>
          invalidArgument(
            'predict: data',
            `given, as in data: [true, true], since ${nameOf(unclear.path)} also has ${rows} rows and may or may not be data`,
            data,
          )),
    };
  };
};

/**
 * Cuts a tree of tensors into rows, as `dataRows` cuts the inputs. For `undefined` it gives `undefined`.
 *
 * @throws Error naming the argument for a tensor with another number of rows, or none
 * @example
 * targetRows('predict: logProb', 5)(tf.ones([5, 1]))(0, 2); // [2, 1]
 */
export const targetRows =
  (argument: string, rows: number) =>
  <T>(targets: T): ((start: number, count: number) => T) => {
    const all = entries(targets);
    const wrong = all.find(({ tensor }) => tensor.shape[0] !== rows);
    if (targets !== undefined && (all.length === 0 || wrong !== undefined))
      invalidArgument(
        pathName([argument, ...(wrong?.path ?? [])]),
        `a tensor of ${rows} rows like the inputs`,
        wrong?.tensor ?? targets,
      );
    return (start, count) => (count === rows ? targets : (map(sliceRows(start, count))(targets) as T));
  };

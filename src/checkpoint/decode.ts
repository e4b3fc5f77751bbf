import * as E from 'fp-ts/lib/Either.js';
import { sameShape } from '../check/index.ts';
import { type FloatType, storedAs } from './dtype.ts';
import { type CheckpointError, type Mismatch, mismatched } from './error.ts';
import { decodeFloats, firstNotFinite, type Values } from './floats.ts';
import type { Declared } from './header.ts';

/** What a tensor of a file has to be. */
export interface Wanted {
  /** Where it belongs in our tree. */
  readonly path: string;
  /** Its name in the file. */
  readonly name: string;
  /** Its shape in the file. */
  readonly shape: readonly number[];
  /** TensorFlow.js's dtype of it. */
  readonly dtype: string;
  /** Whether every value has to be finite, as those of parameters have. */
  readonly finite: boolean;
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** How a file's tensors differ from the wanted ones, in names, shapes and dtypes: all of it at once. */
export const tensorMismatches = (
  wanted: readonly Wanted[],
  declared: readonly Declared[],
): readonly Mismatch[] => {
  const found = new Map(declared.map((each) => [each.name, each]));
  const names = new Set(wanted.map(({ name }) => name));
  return [
    ...wanted.flatMap(({ path, name, shape, dtype }): readonly Mismatch[] => {
      const tensor = found.get(name);
      if (tensor === undefined) {
        return [{ kind: 'missing', path, message: `the file has no tensor '${name}'` }];
      }
      const dtypes = storedAs[dtype] ?? [];
      return [
        ...(sameShape(tensor.shape, shape)
          ? []
          : [
              {
                kind: 'shape',
                path,
                message: `shape ${shapeText(tensor.shape)} in the file, ${shapeText(shape)} expected`,
              } as const,
            ]),
        ...(dtypes.includes(tensor.dtype)
          ? []
          : [
              {
                kind: 'dtype',
                path,
                message: `dtype ${tensor.dtype} in the file, ${dtypes.join(', ')} expected`,
              } as const,
            ]),
      ];
    }),
    ...declared.flatMap(({ name }): readonly Mismatch[] =>
      names.has(name)
        ? []
        : [{ kind: 'unexpected', path: name, message: 'a tensor for which the model has no place' }],
    ),
  ];
};

const isFloat = (dtype: string): dtype is FloatType => storedAs.float32?.includes(dtype) ?? false;

const valuesOf = ({ dtype, begin, end }: Declared, data: Uint8Array, first: number): Values => {
  const bytes = data.subarray(begin - first, end - first);
  if (isFloat(dtype)) return decodeFloats(dtype)(bytes);
  const copy = new Uint8Array(bytes);
  return dtype === 'I32' ? new Int32Array(copy.buffer) : copy;
};

/** The part of the data in which the wanted tensors lie. */
export const extentOf = (
  wanted: readonly Wanted[],
  declared: readonly Declared[],
): readonly [begin: number, end: number] => {
  const names = new Set(wanted.map(({ name }) => name));
  const found = declared.filter(({ name }) => names.has(name));
  const begin = found.reduce((least, tensor) => Math.min(least, tensor.begin), Number.POSITIVE_INFINITY);
  const end = found.reduce((most, tensor) => Math.max(most, tensor.end), 0);
  return [Math.min(begin, end), end];
};

/** The values of tensors, by the path in our tree. */
export type Loaded = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Values }>;

/**
 * The values of the wanted tensors, copied out of a file's data, of which those from `first` on are given; refused where one that has to be finite is not. The
 * file must have been compared by `tensorMismatches` before.
 */
export const readTensors =
  (wanted: readonly Wanted[], declared: readonly Declared[], first = 0) =>
  (data: Uint8Array): E.Either<CheckpointError, Loaded> => {
    const found = new Map(declared.map((each) => [each.name, each]));
    const read = wanted.map(({ path, name, finite }) => {
      const tensor = found.get(name) as Declared;
      const values = valuesOf(tensor, data, first);
      return { path, shape: tensor.shape, values, wrong: finite ? firstNotFinite(values) : -1 };
    });
    const mismatches = read.flatMap(({ path, values, wrong }): readonly Mismatch[] =>
      wrong < 0
        ? []
        : [{ kind: 'value', path, message: `value ${wrong} is ${values[wrong]}, where each must be finite` }],
    );
    return mismatches.length > 0
      ? E.left(mismatched(mismatches))
      : E.right(new Map(read.map(({ path, shape, values }) => [path, { shape, values }])));
  };

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

/** What is done about a dtype of which a tensor of TensorFlow.js would hold other numbers. */
const remedy = (dtype: string): string =>
  dtype === 'F64' ? ', which F64 would be rounded to: convert it in Python with .float()' : '';

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
                message: `dtype ${tensor.dtype} in the file, ${dtypes.join(', ')} expected${remedy(tensor.dtype)}`,
              } as const,
            ]),
      ];
    }),
    ...declared.flatMap(({ name }): readonly Mismatch[] =>
      names.has(name) ? [] : [{ kind: 'unexpected', path: name, message: 'unexpected tensor in the file' }],
    ),
  ];
};

const isFloat = (dtype: string): dtype is FloatType => storedAs.float32?.includes(dtype) ?? false;

const valuesOf = (dtype: string, bytes: Uint8Array): Values => {
  if (isFloat(dtype)) return decodeFloats(dtype)(bytes);
  const copy = new Uint8Array(bytes);
  return dtype === 'I32' ? new Int32Array(copy.buffer) : copy.map((each) => (each === 0 ? 0 : 1));
};

/** The values of tensors, by the path in our tree. */
export type Loaded = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Values }>;

/**
 * The values of the wanted tensors, copied out of a file's data; refused where one that has to be finite is not. The
 * file must have been compared by `tensorMismatches` before.
 */
export const readTensors =
  (wanted: readonly Wanted[], declared: readonly Declared[]) =>
  (data: ReadonlyMap<string, Uint8Array>): E.Either<CheckpointError, Loaded> => {
    const found = new Map(declared.map((each) => [each.name, each]));
    const read = wanted.map(({ path, name, finite }) => {
      const { dtype, shape } = found.get(name) as Declared;
      const values = valuesOf(dtype, data.get(name) as Uint8Array);
      return { path, shape, values, wrong: finite ? firstNotFinite(values) : -1 };
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

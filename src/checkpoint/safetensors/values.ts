import * as E from 'fp-ts/lib/Either.js';
import { invalidArgument, sameShape } from '../../check/index.ts';
import { type CheckpointError, type Mismatch, mismatched } from '../error.ts';
import type { Declared } from './header.ts';
import type { Written } from './safetensors.ts';

/** Bits per element, for every dtype of the safetensors format. */
export const bitSizes: ReadonlyMap<string, number> = new Map([
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['BOOL', 8],
  ['U8', 8],
  ['I8', 8],
  ['F8_E5M2', 8],
  ['F8_E4M3', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['U16', 16],
  ['I16', 16],
  ['F16', 16],
  ['BF16', 16],
  ['U32', 32],
  ['I32', 32],
  ['F32', 32],
  ['U64', 64],
  ['I64', 64],
  ['F64', 64],
  ['C64', 64],
]);

/** How parameters are stored: in full, or in half the bytes with 11 or 8 significant bits. */
export type FloatType = 'F32' | 'F16' | 'BF16';

/** The file dtypes that each dtype of TensorFlow.js can hold without rounding. */
const storedAs: Readonly<Record<string, readonly string[]>> = {
  float32: ['F32', 'F16', 'BF16'],
  int32: ['I32'],
  bool: ['BOOL'],
};

/** The values of a tensor as TensorFlow.js represents them. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** The bits of a float32 rounded to the nearest float16, ties to even; too large values become infinite. */
const toFloat16 = (bits: number): number => {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | ((size + 0xfff + ((size >>> 13) & 1) - 0x38000000) >>> 13);
  // Below 2^-14, in units of 2^-24: the significand with its hidden bit, shifted, ties to even.
  const shift = 126 - (size >>> 23);
  if (shift > 24) return sign;
  const whole = (size & 0x7fffff) | 0x800000;
  const half = 2 ** (shift - 1);
  return sign | ((whole + half - 1 + ((whole >>> shift) & 1)) >>> shift);
};

/** The value of a float16. */
const fromFloat16 = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

/** The bits of a float32 rounded to the nearest bfloat16, its upper half, ties to even. */
const toBfloat16 = (bits: number): number =>
  (bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;

const asBytes = (values: Values | Uint16Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/**
 * Encodes floats as the bytes of a file, rounded to nearest if shortened.
 *
 * @example
 * encodeFloats('BF16')(new Float32Array([1])); // Uint8Array [0x80, 0x3f]
 */
export const encodeFloats =
  (dtype: FloatType) =>
  (values: Float32Array): Uint8Array => {
    if (dtype === 'F32') return asBytes(values);
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const shortened = new Uint16Array(values.length);
    const shorten = dtype === 'F16' ? toFloat16 : toBfloat16;
    for (let i = 0; i < bits.length; i++) shortened[i] = shorten(bits[i] as number);
    return asBytes(shortened);
  };

/**
 * Decodes floats from the bytes of a file; a copy.
 *
 * @example
 * decodeFloats('BF16')(new Uint8Array([0x80, 0x3f])); // Float32Array [1]
 */
export const decodeFloats =
  (dtype: FloatType) =>
  (bytes: Uint8Array): Float32Array => {
    // Not `slice`, which shares memory for a Node Buffer.
    const { buffer } = new Uint8Array(bytes);
    if (dtype === 'F32') return new Float32Array(buffer);
    const shortened = new Uint16Array(buffer);
    if (dtype === 'F16') return Float32Array.from(shortened, fromFloat16);
    return new Float32Array(Uint32Array.from(shortened, (bits) => bits << 16).buffer);
  };

/** The index of the first value that is NaN or infinite, or -1. */
const firstNotFinite = (values: Values): number => {
  if (!(values instanceof Float32Array)) return -1;
  // A loop, since `findIndex` takes ten times as long for millions of values.
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
};

/** A tensor whose values have been read, to be stored. */
export interface Read {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its dtype in TensorFlow.js. */
  readonly kind: string;
  readonly values: Values;
  /** The dtype to store its floats as. */
  readonly dtype: FloatType;
  /** Whether every value must be finite, as for parameters. */
  readonly finite: boolean;
}

const unfit = (name: string, message: string): E.Either<Mismatch, never> =>
  E.left({ kind: 'value', path: name, message });

const written = ({ name, shape, kind, values, dtype, finite }: Read): E.Either<Mismatch, Written> => {
  const stored = kind === 'float32' ? dtype : storedAs[kind]?.[0];
  if (stored === undefined)
    return invalidArgument(`checkpoint: '${name}'`, 'of dtype float32, int32 or bool', kind);
  const wrong = finite ? firstNotFinite(values) : -1;
  if (wrong >= 0) return unfit(name, `value ${wrong} is ${values[wrong]}`);
  if (!(values instanceof Float32Array)) {
    return E.right({
      name,
      dtype: stored,
      shape,
      bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    });
  }
  const bytes = encodeFloats(dtype)(values);
  const lost = dtype === 'F32' || !finite ? -1 : firstNotFinite(decodeFloats(dtype)(bytes));
  return lost < 0
    ? E.right({ name, dtype, shape, bytes })
    : unfit(name, `value ${lost}, ${values[lost]}, is too large for ${dtype}`);
};

/** Encodes tensors as the bytes of a file, or reports every one that cannot be stored. */
export const encoded = (tensors: readonly Read[]): E.Either<CheckpointError, readonly Written[]> => {
  const results = tensors.map(written);
  const wrong = results.flatMap((result) => (E.isLeft(result) ? [result.left] : []));
  return wrong.length > 0
    ? E.left(mismatched(wrong))
    : E.right(results.flatMap((result) => (E.isRight(result) ? [result.right] : [])));
};

/** The requirements on a tensor of a file. */
export interface Wanted {
  /** Its path in the model's tree. */
  readonly path: string;
  /** Its name in the file. */
  readonly name: string;
  /** Its shape in the file. */
  readonly shape: readonly number[];
  /** Its dtype in TensorFlow.js. */
  readonly dtype: string;
  /** Whether every value must be finite, as for parameters. */
  readonly finite: boolean;
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Advice for a dtype that TensorFlow.js cannot hold without rounding. */
const advice = (dtype: string): string =>
  dtype === 'F64' ? ' (F64 would be rounded: convert it in Python with .float())' : '';

/** All differences between a file's tensors and the wanted ones, in names, shapes and dtypes. */
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
                message: `dtype ${tensor.dtype} in the file, ${dtypes.join(', ')} expected${advice(tensor.dtype)}`,
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

const decodedValues = (dtype: string, bytes: Uint8Array): Values => {
  if (isFloat(dtype)) return decodeFloats(dtype)(bytes);
  const copy = new Uint8Array(bytes);
  return dtype === 'I32' ? new Int32Array(copy.buffer) : copy.map((each) => (each === 0 ? 0 : 1));
};

/** The values of tensors, by their path in the model's tree. */
export type Loaded = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Values }>;

/**
 * Copies the wanted tensors' values out of a file's data; reports values that must be finite but are not. The file must
 * have been compared by `tensorMismatches` before.
 */
export const readTensors =
  (wanted: readonly Wanted[], declared: readonly Declared[]) =>
  (data: ReadonlyMap<string, Uint8Array>): E.Either<CheckpointError, Loaded> => {
    const found = new Map(declared.map((each) => [each.name, each]));
    const read = wanted.map(({ path, name, finite }) => {
      const { dtype, shape } = found.get(name) as Declared;
      const values = decodedValues(dtype, data.get(name) as Uint8Array);
      return { path, shape, values, wrong: finite ? firstNotFinite(values) : -1 };
    });
    const mismatches = read.flatMap(({ path, values, wrong }): readonly Mismatch[] =>
      wrong < 0
        ? []
        : [
            {
              kind: 'value',
              path,
              message: `value ${wrong} is ${values[wrong]}, but every value must be finite`,
            },
          ],
    );
    return mismatches.length > 0
      ? E.left(mismatched(mismatches))
      : E.right(new Map(read.map(({ path, shape, values }) => [path, { shape, values }])));
  };

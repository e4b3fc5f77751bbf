import type { FloatType } from './dtype.ts';

/** The values of a tensor as TensorFlow.js gives and takes them. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** The bits of a float32 rounded to the nearest float16, ties to even; what is too large becomes infinite. */
const toHalf = (bits: number): number => {
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
const fromHalf = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

/** The bits of a float32 rounded to the nearest bfloat16, its upper half, ties to even. */
const toBrain = (bits: number): number =>
  (bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;

const bytesOf = (values: Values | Uint16Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/**
 * Floats as the bytes of a file, rounded to the nearest where they are shortened.
 *
 * @example
 * encodeFloats('BF16')(new Float32Array([1])); // Uint8Array [0x80, 0x3f]
 */
export const encodeFloats =
  (dtype: FloatType) =>
  (values: Float32Array): Uint8Array => {
    if (dtype === 'F32') return bytesOf(values);
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const shortened = new Uint16Array(values.length);
    const shorten = dtype === 'F16' ? toHalf : toBrain;
    for (let i = 0; i < bits.length; i++) shortened[i] = shorten(bits[i] as number);
    return bytesOf(shortened);
  };

/**
 * Floats from the bytes of a file; a copy.
 *
 * @example
 * decodeFloats('BF16')(new Uint8Array([0x80, 0x3f])); // Float32Array [1]
 */
export const decodeFloats =
  (dtype: FloatType) =>
  (bytes: Uint8Array): Float32Array => {
    // Not slice: that of a Node Buffer shares its memory.
    const { buffer } = new Uint8Array(bytes);
    if (dtype === 'F32') return new Float32Array(buffer);
    const shortened = new Uint16Array(buffer);
    if (dtype === 'F16') return Float32Array.from(shortened, fromHalf);
    return new Float32Array(Uint32Array.from(shortened, (bits) => bits << 16).buffer);
  };

/** The index of the first value that is NaN or infinite, or -1. */
export const firstNotFinite = (values: Values): number => {
  if (!(values instanceof Float32Array)) return -1;
  // A loop, since there are millions: `findIndex` takes ten times as long.
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
};

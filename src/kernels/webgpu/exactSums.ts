import { Fill, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { eachIn, eachNumber, integers } from './program.ts';
import type { Uniform, WebgpuBackend } from './webgpuBackend.ts';
import { step } from './webgpuKernel.ts';

/** Values, and the element of the result that each is added to. */
export interface Addends {
  /** Distinguishes programs with different code. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly uniforms?: Readonly<Record<string, Uniform>>;
  /** The number of values. */
  readonly count: number;
  /** The most values that are added to one element. */
  readonly most: number;
  /** WGSL statements that return the target index of the value at `index`; below 0 it is dropped. */
  readonly place: string;
  /** The WGSL expression of the value at `index`. */
  readonly number: string;
  readonly shape: readonly number[];
}

// Integer sums do not depend on the order of addition, so threads may add concurrently. Each value is represented as a
// multiple of a power of two, chosen relative to the largest value of its sum so that all of them fit into 64 bits, in
// two halves.

const zeros = (backend: WebgpuBackend, size: number): TensorInfo =>
  step(Fill, {}, { backend }, { shape: [size], value: 0, dtype: 'int32' });

/** For each sum the bits of its largest absolute value. */
const largest = (backend: WebgpuBackend, addends: Addends, functions: readonly string[]): TensorInfo =>
  eachIn(backend, addends.count, zeros(backend, util.sizeFromShape([...addends.shape])), {
    name: `${addends.name} largest`,
    inputs: addends.inputs,
    uniforms: { ...addends.uniforms },
    functions,
    body: `
let place = placeAt(index);
if (place >= 0) { atomicMax(&result[place], bitcast<i32>(${addends.number}) & 0x7fffffff); }`,
  });

/** For each sum the low and high half of an integer, or flags for the kinds of non-finite values. */
const halves = (
  backend: WebgpuBackend,
  addends: Addends,
  functions: readonly string[],
  largest: TensorInfo,
  digits: number,
): TensorInfo =>
  eachIn(backend, addends.count, zeros(backend, 2 * util.sizeFromShape([...addends.shape])), {
    name: `${addends.name} halves`,
    inputs: { ...addends.inputs, largest },
    uniforms: { ...addends.uniforms, ...integers({ digits }) },
    functions,
    body: `
let place = placeAt(index);
if (place < 0) { return; }
let bits = bitcast<u32>(${addends.number});
let top = i32(u32(largest[place]) >> 23u);
let exponent = i32((bits >> 23u) & 255u);
let fraction = bits & 0x7fffffu;
let negative = (bits >> 31u) == 1u;
if (top == 255) {
  if (exponent == 255) { atomicOr(&result[2 * place], select(select(1, 2, negative), 4, fraction != 0u)); }
  return;
}
let mantissa = select(fraction, fraction | 0x800000u, exponent > 0);
let shift = uniforms.digits - 24 - (max(top, 1) - max(exponent, 1));
var low = 0u;
var high = 0u;
if (shift >= 32) { high = mantissa << u32(shift - 32); }
else if (shift > 0) { low = mantissa << u32(shift); high = mantissa >> u32(32 - shift); }
else if (shift == 0) { low = mantissa; }
else if (shift > -25) { low = (mantissa + (1u << u32(-shift - 1))) >> u32(-shift); }
if (negative) {
  high = ~high + select(0u, 1u, low == 0u);
  low = ~low + 1u;
}
if (low != 0u) {
  let before = bitcast<u32>(atomicAdd(&result[2 * place], bitcast<i32>(low)));
  if (before + low < low) { high = high + 1u; }
}
if (high != 0u) { atomicAdd(&result[2 * place + 1], bitcast<i32>(high)); }`,
  });

/** Scattered sums that keep their digits however long they are, and are deterministic. Empty sums are 0. */
export const exactSums = (backend: WebgpuBackend, addends: Addends): TensorInfo => {
  const functions = [`fn placeAt(index : i32) -> i32 {\n${addends.place}\n}`];
  const digits = 62 - Math.ceil(Math.log2(Math.max(addends.most, 1) + 1));
  const most = largest(backend, addends, functions);
  const sums = halves(backend, addends, functions, most, digits);
  const result = eachNumber(backend, {
    name: 'sums of halves',
    inputs: { largest: most, halves: sums },
    uniforms: integers({ digits }),
    functions: ['fn powerOfTwo(n : i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }'],
    shape: addends.shape,
    body: `
let top = i32(u32(largest[index]) >> 23u);
var low = bitcast<u32>(halves[2 * index]);
var high = bitcast<u32>(halves[2 * index + 1]);
if (top == 255) {
  var sum = select(uniforms.INFINITY, -uniforms.INFINITY, low == 2u);
  if (low > 2u) { sum = uniforms.NAN; }
  setOutputAtIndex(index, sum);
} else {
  let negative = (high >> 31u) == 1u;
  if (negative) {
    high = ~high + select(0u, 1u, low == 0u);
    low = ~low + 1u;
  }
  let scale = max(top, 1) - 126 - uniforms.digits;
  let half = scale / 2;
  let sum = (f32(high) * 4294967296.0 + f32(low)) * powerOfTwo(half) * powerOfTwo(scale - half);
  setOutputAtIndex(index, select(sum, -sum, negative));
}`,
  });
  for (const { dataId } of [most, sums]) backend.disposeData(dataId);
  return result;
};

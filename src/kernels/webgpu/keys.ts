import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebgpuBackend } from './webgpuBackend.ts';
import { standardNormal } from './wgsl/standardNormal.ts';
import { threefry } from './wgsl/threefry.ts';

/** Runs a function with the words of keys as an int32 tensor, two per key, disposed afterwards. */
export const withKeys = <Y>(
  backend: WebgpuBackend,
  words: readonly number[],
  f: (keys: TensorInfo) => Y,
): Y => {
  const keys = backend.makeTensorInfo([words.length], 'int32', Int32Array.from(words));
  try {
    return f(keys);
  } finally {
    backend.disposeData(keys.dataId);
  }
};

/** `keyBits(key, counter)`: the random bits of a counter under one of the keys in `keys`. It needs `threefry`. */
export const keyBits = `
fn keyBits(key : i32, counter : i32) -> u32 {
  return threefry(bitcast<u32>(keys[2 * key]), bitcast<u32>(keys[2 * key + 1]), u32(counter));
}`;

/** The WGSL functions that `standardNormal(keyBits(key, counter))` needs. */
export const noise: readonly string[] = [threefry, keyBits, standardNormal];

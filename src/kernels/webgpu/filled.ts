import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { WebgpuBackend } from './webgpuBackend.ts';

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** A tensor filled with one value, possibly empty: a program cannot bind an empty buffer. */
export const filled = (
  backend: WebgpuBackend,
  shape: readonly number[],
  dtype: DataType,
  value: number,
): TensorInfo =>
  backend.makeTensorInfo(
    [...shape],
    dtype,
    new arrays[dtype as keyof typeof arrays](util.sizeFromShape([...shape])).fill(value),
  );

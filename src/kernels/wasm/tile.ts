import { type TensorInfo, Tile, util } from '@tensorflow/tfjs-core';
import { kernelModule } from './kernelModule.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** Repeats a tensor along one axis. */
const along = (backend: WasmBackend, x: TensorInfo, axis: number, times: number): TensorInfo => {
  const shape = x.shape.map((size, at) => (at === axis ? size * times : size));
  const out = backend.makeOutput(shape, x.dtype);
  const blocks = util.sizeFromShape(x.shape.slice(0, axis));
  const bytes = util.sizeFromShape(x.shape.slice(axis)) * util.bytesPerElement(x.dtype);
  if (util.sizeFromShape(shape) > 0)
    kernelModule(backend).repeat(
      blocks,
      bytes,
      times,
      tensorAddress(backend, x),
      tensorAddress(backend, out),
    );
  return out;
};

/** Repeats a tensor along its axes by copying whole blocks; tfjs's own kernel looks up each number. */
export const tile: WasmKernel = {
  name: Tile,
  run: (call, stock) => {
    const x = call.inputs.x!;
    const reps = call.attrs.reps as readonly number[];
    const axes = reps.flatMap((times, axis) => (times === 1 ? [] : [axis]));
    if (x.dtype === 'string' || reps.length !== x.shape.length || axes.length === 0) return stock(call);
    // Inner axes first, so that less is copied.
    return axes.reduceRight<TensorInfo>((inner, axis, at) => {
      const out = along(call.backend, inner, axis, reps[axis]!);
      if (at < axes.length - 1) call.backend.disposeData(inner.dataId);
      return out;
    }, x);
  },
};

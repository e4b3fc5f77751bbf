import { Dilation2D, MaxPoolWithArgmax, type TensorInfo } from '@tensorflow/tfjs-core';
import { tensorValues } from '../tensorValues.ts';
import type { WasmCall, WasmKernel } from '../wasmKernel.ts';

/** A float32 tensor of a function of each number of another. */
const mapped = ({ backend }: WasmCall, x: TensorInfo, f: (value: number) => number): TensorInfo => {
  const out = backend.makeOutput(x.shape, 'float32');
  tensorValues(backend, out).set(Array.from(tensorValues(backend, x), f));
  return out;
};

// tfjs's kernels below start a maximum at the smallest positive number, which stays where all numbers are negative.

/** On the ranks of the numbers, from 1. */
const maxPoolWithArgmax: WasmKernel = {
  name: MaxPoolWithArgmax,
  run: (call, stock) => {
    const { backend, inputs } = call;
    const sorted = Float32Array.from(new Set(tensorValues(backend, inputs.x!))).sort();
    const rank = new Map(Array.from(sorted, (value, at) => [value, at + 1]));
    const x = mapped(call, inputs.x!, (value) => rank.get(value)!);
    const results = stock({ ...call, inputs: { x } }) as unknown as TensorInfo[];
    backend.disposeData(x.dataId);
    const maxima = tensorValues(backend, results[0]!);
    maxima.set(maxima.map((of) => sorted[of - 1]!));
    return results;
  },
};

/** On numbers that a constant makes positive. */
const dilation2d: WasmKernel = {
  name: Dilation2D,
  run: (call, stock) => {
    const { backend, inputs } = call;
    const lowest = (x: TensorInfo): number =>
      tensorValues<'float32'>(backend, x).reduce(
        (low, value) => (value > -Infinity && value < low ? value : low),
        0,
      );
    const above = 1 - lowest(inputs.x!) - lowest(inputs.filter!);
    const x = mapped(call, inputs.x!, (value) => value + above);
    const out = stock({ ...call, inputs: { ...inputs, x } });
    backend.disposeData(x.dataId);
    const numbers = tensorValues(backend, out);
    numbers.set(numbers.map((value) => value - above));
    return out;
  },
};

/** Maxima of negative numbers. */
export const maxima: readonly WasmKernel[] = [dilation2d, maxPoolWithArgmax];

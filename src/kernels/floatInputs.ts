import {
  Acos,
  Acosh,
  Asin,
  Asinh,
  Atan,
  Atanh,
  Cast,
  Exp,
  Expm1,
  getKernel,
  type KernelBackend,
  LeakyRelu,
  Log1p,
  Reciprocal,
  Selu,
  Sinh,
  Softplus,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../ops/registry.ts';

/** The kernels with real results that also accept integers and booleans. */
const names: readonly string[] = [
  ...[Acos, Acosh, Asin, Asinh, Atan, Atanh, Exp, Expm1, LeakyRelu],
  ...[Log1p, Reciprocal, Selu, Sinh, Softplus],
];

const ofFloats =
  (backendName: string) =>
  ({ name, kernelFunc }: OwnKernel): OwnKernel => ({
    name,
    kernelFunc: (stock) => {
      const run = kernelFunc(stock);
      return (call) => {
        const x = call.inputs.x!;
        if (x.dtype !== 'int32' && x.dtype !== 'bool') return run(call);
        const backend = call.backend as KernelBackend;
        const cast = getKernel(Cast, backendName).kernelFunc;
        const floats = cast({ inputs: { x }, attrs: { dtype: 'float32' }, backend }) as TensorInfo;
        const result = run({ ...call, inputs: { ...call.inputs, x: floats } });
        backend.disposeData(floats.dataId);
        return result;
      };
    },
  });

const stockKernel = (name: string): OwnKernel => ({
  name,
  kernelFunc: (stock) => {
    if (stock === undefined) throw new Error(`the backend has no kernel ${name}`);
    return stock;
  },
});

/**
 * Casts integers and booleans to float32 for the kernels with real results. TensorFlow.js's cpu and webgpu backends
 * truncate these results to integers (log1p of 1 is 0), and its wasm backend returns uninitialised memory.
 */
export const withFloatInputs = (backendName: string, kernels: readonly OwnKernel[]): readonly OwnKernel[] => {
  const own = kernels.map((kernel) => (names.includes(kernel.name) ? ofFloats(backendName)(kernel) : kernel));
  const others = names.filter((name) => kernels.every((kernel) => kernel.name !== name));
  return [...own, ...others.map(stockKernel).map(ofFloats(backendName))];
};

import { TensorScatterUpdate } from '@tensorflow/tfjs-core';
import { valuesOf } from './cpuBackend.ts';
import type { CpuKernel } from './cpuKernel.ts';

/** The kernel on a copy of the tensor that it updates; tfjs's own writes into that tensor. Other kernels stay as they are. */
export const onCopy = (kernel: CpuKernel<object>): CpuKernel<object> =>
  kernel.name === TensorScatterUpdate
    ? {
        name: kernel.name,
        run: (call, stock) => {
          const { backend, inputs } = call;
          const { shape, dtype } = inputs.tensor!;
          const copy = backend.makeTensorInfo(shape, dtype, valuesOf(backend, inputs.tensor!).slice());
          const result = kernel.run({ ...call, inputs: { ...inputs, tensor: copy } }, stock);
          backend.disposeData(copy.dataId);
          return result;
        },
      }
    : kernel;

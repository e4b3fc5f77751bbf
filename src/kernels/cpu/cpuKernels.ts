import { util } from '@tensorflow/tfjs-core';
import { padded, withPaddedKernels } from '../explicitPads.ts';
import type { HostMemory, HostNumbers } from '../host/hostKernel.ts';
import { hostKernels } from '../host/hostKernels.ts';
import type { CpuKernel } from './cpuKernel.ts';
import { type CpuBackend, tensorValues } from './cpuKernel.ts';
import { batchMatMul, fusedMatMul } from './products.ts';
import { emptyReductions, onCopy, unsortedSegmentSum } from './sums.ts';
import { transform } from './transform.ts';
import { cholesky, triangularSolve } from './triangular.ts';

const hostMemory = (backend: CpuBackend): HostMemory => ({
  tensorValues: (tensor) => tensorValues(backend, tensor),
  make: (shape, dtype) => {
    const zeros = util.makeZerosTypedArray(util.sizeFromShape([...shape]), dtype as 'float32');
    return backend.makeTensorInfo(shape, dtype, zeros as HostNumbers);
  },
});

const kernels: readonly CpuKernel<object>[] = [
  batchMatMul,
  cholesky,
  fusedMatMul,
  ...hostKernels.map(
    ({ name, run }): CpuKernel => ({
      name,
      run: (call, stock) => run({ ...call, memory: hostMemory(call.backend), stock: () => stock(call) }),
    }),
  ),
  ...emptyReductions,
  transform,
  triangularSolve,
  unsortedSegmentSum,
];

/**
 * All of the library's kernels for tfjs's cpu backend: they replace kernels that lose digits or use wrong indices, or do
 * what tfjs has no kernel for.
 */
export const cpuKernels: readonly CpuKernel<object>[] = withPaddedKernels(
  kernels,
  (name): CpuKernel => ({ name, run: (call, stock) => stock(call) }),
)
  .map(padded)
  .map(onCopy);

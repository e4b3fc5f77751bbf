import { batchMatMul } from './batchMatMul.ts';
import { bernoulli, standardNormal, uniform } from './draws.ts';
import { fusedMatMul } from './fusedMatMul.ts';
import { identity } from './identity.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** Every kernel that the library brings for tfjs's wasm backend. */
export const wasmKernels: readonly WasmKernel[] = [
  batchMatMul,
  bernoulli,
  fusedMatMul,
  identity,
  standardNormal,
  uniform,
];

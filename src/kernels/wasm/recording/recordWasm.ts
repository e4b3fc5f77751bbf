import type { KernelBackend, Tensor } from '@tensorflow/tfjs-core';
import { type Recording, type Runs, refuse } from '../../../ops/recording.ts';
import { isWasmBackend } from '../wasmBackend.ts';
import { differences } from './differences.ts';
import { replayable } from './replay.ts';
import { trace } from './trace.ts';

/** Records a function on wasm: its kernels, which a replay runs one after the other. */
export const recordWasm = (backend: KernelBackend, inputs: readonly Tensor[], runs: Runs): Recording => {
  if (!isWasmBackend(backend)) return refuse('this version of TensorFlow.js cannot be recorded');
  const [first, second] = [trace(backend, inputs, runs[0]), trace(backend, inputs, runs[1])];
  return replayable(backend, first, differences(first, second));
};

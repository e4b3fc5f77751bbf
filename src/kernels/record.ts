import { engine, env, getBackend, type KernelBackend, type Tensor } from '@tensorflow/tfjs-core';
import { drawKernels } from '../ops/draws.ts';
import { type Recording, type Runs, refuse } from '../ops/recording.ts';
import { hasKernel } from '../ops/registry.ts';
import { recordWasm } from './wasm/recording/recordWasm.ts';
import { recordWebgpu } from './webgpu/recording/recordWebgpu.ts';

type Recorder = (backend: KernelBackend, inputs: readonly Tensor[], runs: Runs) => Recording;

const recorders: Readonly<Record<string, Recorder>> = { wasm: recordWasm, webgpu: recordWebgpu };

/**
 * Whether functions can be recorded on the current backend, and replayed: on wasm and webgpu with our kernels, which draw random
 * numbers there, but not while kernels are profiled or debugged.
 */
export const canRecord = (): boolean =>
  Object.hasOwn(recorders, getBackend()) &&
  hasKernel(drawKernels.standardNormal) &&
  !engine().state.profiling &&
  !env().getBool('DEBUG');

/**
 * Records a function on the current backend: runs it twice, on webgpu without computing anything. The shapes and dtypes of the
 * inputs are recorded, not their values.
 *
 * @throws Error where the runs differ in more than pairs of integers, or the function reads values or keeps tensors; what the
 * function throws
 * @example
 * const recording = record([x], [([x]) => [tf.exp(x!)], ([x]) => [tf.exp(x!)]]);
 * recording.replay([y], new Int32Array(0));
 */
export const record = (inputs: readonly Tensor[], runs: Runs): Recording => {
  const recorder = recorders[getBackend()];
  return recorder === undefined
    ? refuse('the backend records nothing')
    : recorder(engine().backend, inputs, runs);
};

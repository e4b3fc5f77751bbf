import type { KernelBackend, Tensor } from '@tensorflow/tfjs-core';
import { type Recording, type Runs, refuse } from '../../../ops/recording.ts';
import { isRecordable } from './device.ts';
import { differences } from './differences.ts';
import { replayable } from './replay.ts';
import { trace } from './trace.ts';

/** Records a function on webgpu: its programs, which a replay hands over in one piece. */
export const recordWebgpu = (backend: KernelBackend, inputs: readonly Tensor[], runs: Runs): Recording => {
  if (!isRecordable(backend) || backend.activeTimers != null)
    return refuse('programs are timed, or this version of TensorFlow.js cannot be recorded');
  const [first, second] = [trace(backend, inputs, runs[0]), trace(backend, inputs, runs[1])];
  return replayable(backend, first, differences(first, second));
};

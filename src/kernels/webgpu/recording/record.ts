import { engine } from '@tensorflow/tfjs-core';
import { type RecordAttributes, type Recording, recordKernel } from '../../../ops/recording.ts';
import type { WebgpuKernel } from '../webgpuKernel.ts';
import { isRecordable } from './device.ts';
import { differences } from './differences.ts';
import { replayable } from './replay.ts';
import { trace } from './trace.ts';

/** Records a function; see `recordKernel`. It is called as a function: what it returns is not a tensor. */
export const record: WebgpuKernel<RecordAttributes, never> = {
  name: recordKernel,
  run: ({ attrs: { inputs, runs }, backend }) => {
    if (!isRecordable(backend) || backend.activeTimers != null || engine().state.profiling)
      throw new Error('programs are timed, or this version of TensorFlow.js cannot be recorded');
    const [first, second] = [trace(backend, inputs, runs[0]), trace(backend, inputs, runs[1])];
    const recording: Recording = replayable(backend, first, differences(first, second));
    return recording as never;
  },
};

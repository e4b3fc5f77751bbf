import { engine, type Tensor } from '@tensorflow/tfjs-core';
import type { Recording } from '../../../ops/recording.ts';
import { letGo } from '../../letGo.ts';
import {
  type DeviceBuffer,
  type Dispatch,
  type RecordableBackend,
  tensorUsage,
  uniformUsage,
} from './device.ts';
import type { VaryingPair } from './differences.ts';
import { isSlot, type Slot } from './slots.ts';
import type { Outcome, Trace } from './trace.ts';

interface Buffer {
  readonly buffer: object;
  readonly offset: number;
  readonly size: number;
}

/** The start of a binding has to be a multiple of this on every device. */
const alignment = 256;

/** What a recording holds on the device. */
interface Held {
  readonly buffers: readonly Buffer[];
  readonly dispatches: readonly Dispatch<object>[];
  /** The varying integers of all slots, each slot at a multiple of the alignment. */
  readonly words: Int32Array;
  readonly wordsBuffer: object | undefined;
  /** Where each varying pair is in them. */
  readonly places: readonly number[];
  readonly bytes: number;
  readonly destroy: () => void;
}

const hold = (
  { device }: RecordableBackend,
  { slots, dispatches }: Trace,
  varying: readonly VaryingPair[],
): Held => {
  const made: DeviceBuffer[] = [];
  const create = (size: number, usage: number) => {
    const buffer = device.createBuffer({ size: Math.max(4, size), usage });
    made.push(buffer);
    return buffer;
  };
  const changing = [...new Set(varying.map(({ slot }) => slot))].map((index) => slots[index]!);
  const offsets = new Map<number, number>();
  let bytes = 0;
  for (const { index, size } of changing) {
    offsets.set(index, bytes);
    bytes += Math.ceil(size / alignment) * alignment;
  }
  const words = new Int32Array(bytes / 4);
  for (const { index, content } of changing) words.set(content!.words, offsets.get(index)! / 4);
  const wordsBuffer = bytes === 0 ? undefined : create(bytes, tensorUsage);
  const filled = ({ size, content }: Slot): Buffer => {
    const buffer = create(size, content?.kind === 'uniforms' ? uniformUsage : tensorUsage);
    if (content !== undefined) device.queue.writeBuffer(buffer, 0, content.words);
    return { buffer, offset: 0, size };
  };
  const buffers = slots.map((slot) => {
    const offset = offsets.get(slot.index);
    return offset === undefined ? filled(slot) : { buffer: wordsBuffer as object, offset, size: slot.size };
  });
  return {
    ...{ buffers, words, wordsBuffer },
    places: varying.map(({ slot, at }) => offsets.get(slot)! / 4 + at),
    dispatches: dispatches.map(({ pipeline, group: { layout, entries }, size }) => ({
      ...{ pipeline, size },
      group: device.createBindGroup({
        layout,
        entries: entries.map(({ binding, resource }) => ({
          binding,
          resource: isSlot(resource.buffer) ? buffers[resource.buffer.index]! : resource,
        })),
      }),
    })),
    bytes: made.reduce((sum, { size }) => sum + size, 0),
    destroy: () => {
      for (const buffer of made) buffer.destroy();
    },
  };
};

/** A tensor of a result, and the copy that fills it. */
const fresh = (
  backend: RecordableBackend,
  { buffers }: Held,
  { shape, dtype, dataDtype, from }: Outcome,
): readonly [result: Tensor, copy?: readonly [to: object, from: Buffer]] => {
  const values = 'values' in from ? (from.values as Float32Array).slice() : null;
  const id = backend.write(values as never, [...shape], dataDtype);
  const result = engine().makeTensorFromDataId(id, [...shape], dtype, backend);
  if ('values' in from) return [result];
  backend.uploadToGPU(id);
  const resource = backend.tensorMap.get(id).resource as Buffer['buffer'] & { readonly size: number };
  if ('slot' in from) return [result, [resource, buffers[from.slot.index]!]];
  backend.uploadToGPU(from.outside);
  const buffer = backend.tensorMap.get(from.outside).resource!;
  return [result, [resource, { buffer, offset: 0, size: resource.size }]];
};

/** The recording of a function from its trace. It allocates its buffers when it is first replayed. */
export const replayable = (
  backend: RecordableBackend,
  trace: Trace,
  varying: readonly VaryingPair[],
): Recording => {
  for (const id of trace.outside) backend.incRef(id);
  let held: Held | undefined;
  return {
    varying,
    bytes: () => held?.bytes ?? 0,
    replay: (inputs, words) => {
      const dtypes = inputs.map(({ dataId }) => backend.tensorMap.get(dataId).dtype);
      if (dtypes.some((dtype, i) => dtype !== trace.inputs[i]!.dtype)) return undefined;
      held ??= hold(backend, trace, varying);
      const { buffers, dispatches, places, wordsBuffer } = held;
      for (const { dataId } of inputs) backend.uploadToGPU(dataId);
      if (wordsBuffer !== undefined) {
        places.forEach((place, i) => {
          held!.words.set(words.subarray(2 * i, 2 * i + 2), place);
        });
        backend.queue.writeBuffer(wordsBuffer, 0, held.words);
      }
      const results = trace.outcomes.map((each) => fresh(backend, held!, each));
      // Inputs may be results of programs that are not submitted yet: these go first.
      backend.endComputePassEncoder();
      backend.ensureCommandEncoderReady();
      const encoder = backend.commandEncoder!;
      inputs.forEach(({ dataId }, i) => {
        const { buffer, size } = buffers[trace.inputs[i]!.slot.index]!;
        if (size > 0) encoder.copyBufferToBuffer(backend.tensorMap.get(dataId).resource!, 0, buffer, 0, size);
      });
      const pass = encoder.beginComputePass();
      for (const { pipeline, group, size } of dispatches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...size);
      }
      pass.end();
      for (const [, copy] of results) {
        if (copy === undefined) continue;
        const [to, { buffer, offset, size }] = copy;
        if (size > 0) encoder.copyBufferToBuffer(buffer, offset, to, 0, size);
      }
      // The next replay writes other words: to the queue, before the commands of this one unless they are submitted.
      backend.submitQueue();
      return results.map(([result]) => result);
    },
    dispose: () => {
      held?.destroy();
      for (const id of trace.outside) letGo(backend, id);
    },
  };
};

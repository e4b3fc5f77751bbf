import { type DataId, util } from '@tensorflow/tfjs-core';
import { refuse } from '../../../ops/recording.ts';
import type { BindGroup, Dispatch, Pipeline, RecordableBackend } from './device.ts';
import { type Content, isSlot, makeSlots, type Slot, type Slots } from './slots.ts';

/** A backend that writes down what a function does. */
export interface Tracing {
  readonly backend: RecordableBackend;
  readonly slots: Slots;
  readonly dispatches: readonly Dispatch<BindGroup>[];
  /** The data that programs read, but that was there before; a trace adds what is returned. */
  readonly outside: Set<DataId>;
  /** Whether data was there before. */
  readonly isOutside: (id: DataId) => boolean;
  /** What cannot be recorded, even if the function caught the error. */
  readonly failures: readonly string[];
}

const arrays = { float32: Float32Array, int32: Int32Array, bool: Int32Array } as const;

/** The bytes of a tensor of this shape. */
export const bytesOf = (shape: readonly number[]): number => 4 * util.sizeFromShape([...shape]);

/** Copies values in the form in which a program reads them. */
const contentOf = (dtype: string, values: ArrayLike<number>): Content => {
  if (!Object.hasOwn(arrays, dtype)) refuse(`it makes a tensor of dtype ${dtype}`);
  const { buffer } = new arrays[dtype as keyof typeof arrays](values);
  return { kind: dtype === 'float32' ? 'floats' : 'integers', words: new Int32Array(buffer) };
};

const nothing = (): void => {};

/** A pass that writes its programs down. */
const tracingPass = (dispatches: Dispatch<BindGroup>[], fail: (why: string) => never) => {
  const set: { pipeline?: Pipeline; group?: BindGroup } = {};
  return {
    setPipeline: (pipeline: Pipeline) => {
      set.pipeline = pipeline;
    },
    setBindGroup: (_: number, group: BindGroup) => {
      set.group = group;
    },
    dispatchWorkgroups: (x: number, y: number, z: number) => {
      const { pipeline, group } = set as Required<typeof set>;
      // The first is what the program writes. A replay does not upload constants again.
      const { buffer } = group.entries[0]!.resource;
      if (!isSlot(buffer) || buffer.content !== undefined)
        fail('a program of it writes over a constant, or a tensor that was there before');
      dispatches.push({ pipeline, group, size: [x, y, z] });
    },
    end: nothing,
  };
};

/**
 * A webgpu backend whose programs are written down instead of run, and whose buffers are slots: nothing is allocated on the
 * device. It shares its tensors with the real one.
 */
export const tracingBackend = (real: RecordableBackend): Tracing => {
  const { device, tensorMap } = real;
  const slots = makeSlots();
  const dispatches: Dispatch<BindGroup>[] = [];
  const outside = new Set<DataId>();
  const failures: string[] = [];
  const own = new Set<DataId>();
  const isOutside = (id: DataId): boolean => !own.has(id);
  const fail = (why: string): never => {
    failures.push(why);
    return refuse(why);
  };
  const reads = () => fail('it reads the values of a tensor');
  const replaced = {
    device: {
      limits: device.limits,
      features: device.features,
      createBindGroup: (group: BindGroup) => group,
      createShaderModule: (given: object) => device.createShaderModule(given),
      createComputePipeline: (given: object) => device.createComputePipeline(given),
      createComputePipelineAsync: (given: object) => device.createComputePipelineAsync(given),
    },
    // Only uniforms come by way of these two: tensors get their buffers by `uploadToGPU`.
    bufferManager: {
      acquireBuffer: (size: number) =>
        slots.filled(size, { kind: 'uniforms', words: new Int32Array(size / 4) }),
      releaseBuffer: nothing,
    },
    queue: {
      writeBuffer: ({ content }: Slot, _: number, words: ArrayBuffer) =>
        content!.words.set(new Int32Array(words)),
    },
    commandEncoder: { copyBufferToBuffer: () => fail('it copies the buffer of a tensor') },
    computePassEncoder: tracingPass(dispatches, fail),
    ...{ ensureCommandEncoderReady: nothing, endComputePassEncoder: nothing, submitQueue: nothing },
    // Programs run in the order of the recording, so the buffer of a disposed tensor is free for the next one.
    commandQueueOwnedIds: { has: () => false, add: nothing },
    tensorDataPendingDisposal: [],
    write: (...given: Parameters<RecordableBackend['write']>): DataId => {
      const id = real.write(...given);
      own.add(id);
      return id;
    },
    uniformPendingDisposal: [],
    uploadToGPU: (id: DataId): void => {
      const data = tensorMap.get(id);
      if (data.resource != null) return;
      if (isOutside(id)) {
        real.uploadToGPU(id);
        return;
      }
      const { dtype, shape, values } = data;
      const size = bytesOf(shape);
      data.resource = values ? slots.filled(size, contentOf(dtype, values)) : slots.acquire(size);
      data.values = null;
    },
    tensorToBinding: (tensor: { readonly dataId: DataId } | null): object | null => {
      if (tensor === null) return null;
      if (!isOutside(tensor.dataId)) return { buffer: tensorMap.get(tensor.dataId).resource };
      outside.add(tensor.dataId);
      return real.tensorToBinding(tensor);
    },
    releaseResource: (id: DataId): void => {
      const data = tensorMap.get(id);
      if (isSlot(data.resource)) {
        slots.release(data.resource);
        data.resource = null;
      } else {
        real.releaseResource(id);
      }
    },
    readSync: (id: DataId) => tensorMap.get(id).values ?? reads(),
    ...{ read: reads, readToGPU: reads, createTensorFromGPUData: reads },
  };
  const descriptors = Object.entries(replaced).map(([name, value]) => [name, { value, writable: true }]);
  return {
    backend: Object.create(real, Object.fromEntries(descriptors)) as RecordableBackend,
    ...{ slots, dispatches, outside, isOutside, failures },
  };
};

import type { DataId, DataType, KernelBackend } from '@tensorflow/tfjs-core';

/** What tfjs's webgpu backend knows of a tensor's data: numbers that are still to go to the device, or a buffer there. */
interface Data {
  readonly dtype: DataType;
  values: ArrayLike<number> | null;
  resource: object | null;
}

/** The parts of tfjs's webgpu backend that bring numbers to the device. They are no public interface of it. */
interface Uploading extends KernelBackend {
  uploadToGPU: (id: DataId) => void;
  readonly tensorMap: { readonly get: (id: DataId) => Data };
  readonly bufferManager: { readonly acquireBuffer: (bytes: number, usage: number) => object };
  readonly queue: { readonly writeBuffer: (buffer: object, offset: number, data: ArrayBufferView) => void };
}

const canUpload = (backend: object): backend is Uploading => {
  const { uploadToGPU, tensorMap, bufferManager, queue } = backend as Partial<Uploading>;
  return (
    typeof uploadToGPU === 'function' &&
    typeof tensorMap?.get === 'function' &&
    typeof bufferManager?.acquireBuffer === 'function' &&
    typeof queue?.writeBuffer === 'function'
  );
};

/** Numbers, of which tfjs makes a buffer of their own each time, and ends a pass of programs to copy it. */
const most = 4096;

/** A tensor's buffer can be read and written by programs, and copied from and to: 0x80, 0x04 and 0x08 in WebGPU. */
const usage = 0x8c;

const views = { float32: Float32Array, int32: Int32Array, bool: Int32Array } as const;

const isSmall = ({ dtype, values, resource }: Data): boolean =>
  resource == null && values != null && values.length > 0 && values.length <= most && dtype in views;

/**
 * Makes a webgpu backend hand small tensors over (numbers in formulas, keys, labels) as it does the numbers of its
 * programs: by the queue. A buffer that the backend's store gives out is in no command that is not handed over yet, so
 * the queue's order is the right one.
 */
export const uploadSmallByQueue = (backend: KernelBackend): void => {
  if (!canUpload(backend) || Object.hasOwn(backend, 'uploadToGPU')) return;
  const { uploadToGPU } = backend;
  backend.uploadToGPU = (id) => {
    const data = backend.tensorMap.get(id);
    if (!isSmall(data)) return uploadToGPU.call(backend, id);
    const values = new views[data.dtype as keyof typeof views](data.values!);
    const buffer = backend.bufferManager.acquireBuffer(values.byteLength, usage);
    backend.queue.writeBuffer(buffer, 0, values);
    data.values = null;
    data.resource = buffer;
  };
};

/** Makes a backend upload as tfjs has it. */
export const uploadAsBefore = (backend: KernelBackend): void => {
  if (Object.hasOwn(backend, 'uploadToGPU')) Reflect.deleteProperty(backend, 'uploadToGPU');
};

import type { DataId, DataType, KernelBackend } from '@tensorflow/tfjs-core';

/** The webgpu backend's record of a tensor's data: values to be uploaded, or a buffer on the device. */
interface Data {
  readonly dtype: DataType;
  values: ArrayLike<number> | null;
  resource: object | null;
}

/** The parts of tfjs's webgpu backend that upload tensors. They are not a public interface. */
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

/** The largest upload by queue. For each upload tfjs makes a staging buffer, and ends a compute pass to copy it. */
const most = 4096;

/** The usage of a tensor's buffer: WebGPU's STORAGE (0x80), COPY_SRC (0x04) and COPY_DST (0x08). */
const usage = 0x8c;

const views = { float32: Float32Array, int32: Int32Array, bool: Int32Array } as const;

const isSmall = ({ dtype, values, resource }: Data): boolean =>
  resource == null && values != null && values.length > 0 && values.length <= most && dtype in views;

/**
 * Makes a webgpu backend upload small tensors (numbers in formulas, keys, labels) by the queue, as it uploads
 * uniforms. A buffer that the backend's pool hands out is not used by any unsubmitted command, so the order of the
 * queue is right.
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

/** Restores tfjs's uploads. */
export const uploadAsBefore = (backend: KernelBackend): void => {
  if (Object.hasOwn(backend, 'uploadToGPU')) Reflect.deleteProperty(backend, 'uploadToGPU');
};

import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend_util, type DataId, util } from '@tensorflow/tfjs-core';
import type { Data, Internals } from './internals.ts';

/** Keeps with a tensor what was read of it, as tfjs does. */
export const keep = (data: Data, bytes: ArrayBuffer): void => {
  data.values = util.convertBackendValuesAndArrayBuffer(bytes, data.dtype);
};

/** What is on the device of these tensors, or of their parts, and has not been read. */
export const missing = (
  backend: Internals,
  tensors: readonly { readonly dataId: DataId }[],
): readonly Data[] => {
  const all = tensors.flatMap(({ dataId }): readonly Data[] => {
    const data = backend.tensorMap.get(dataId);
    if (data.values || data.dtype === 'string') return [];
    const parts = data.complexTensorInfos;
    return parts ? missing(backend, [parts.real, parts.imag]) : [data];
  });
  return [...new Set(all)];
};

/** Makes tfjs read tensors with this function, which waits for the device and returns a buffer's bytes. */
export const readSyncWith = (download: (backend: Internals, source: GPUBuffer) => ArrayBuffer): void => {
  const read = (backend: Internals, id: DataId): backend_util.BackendValues => {
    const data = backend.tensorMap.get(id);
    if (data.values || data.dtype === 'string') return data.values!;
    if (data.dtype === 'complex64') {
      const part = ({ dataId }: { dataId: DataId }) => read(backend, dataId) as Float32Array;
      const { real, imag } = data.complexTensorInfos!;
      data.values = backend_util.mergeRealAndImagArrays(part(real), part(imag));
    } else {
      keep(data, download(backend, data.resource));
    }
    return data.values!;
  };
  WebGPUBackend.prototype.readSync = function (this: unknown, id: object) {
    return read(this as Internals, id);
  };
};

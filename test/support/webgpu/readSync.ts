import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend, backend_util, type DataId, getBackend, util } from '@tensorflow/tfjs-core';
import { readTogetherWith } from '../readTogether.ts';
import type { Data, Internals } from './internals.ts';

/** Waits for the device and returns the bytes of each buffer. */
export type Download = (backend: Internals, sources: readonly GPUBuffer[]) => readonly ArrayBuffer[];

/** Keeps with a tensor what was read of it, as tfjs does. */
const keep = (data: Data, bytes: ArrayBuffer): void => {
  data.values = util.convertBackendValuesAndArrayBuffer(bytes, data.dtype);
};

/** What is on the device of these tensors, or of their parts, and has not been read. */
const missing = (on: Internals, tensors: readonly { readonly dataId: DataId }[]): readonly Data[] => {
  const all = tensors.flatMap(({ dataId }): readonly Data[] => {
    const data = on.tensorMap.get(dataId);
    if (data.values || data.dtype === 'string') return [];
    const parts = data.complexTensorInfos;
    return parts ? missing(on, [parts.real, parts.imag]) : [data];
  });
  return [...new Set(all)];
};

/** Makes tfjs read tensors with this function, and `readTogether` several at once. */
export const readWith = (download: Download): void => {
  const read = (on: Internals, id: DataId): backend_util.BackendValues => {
    const data = on.tensorMap.get(id);
    if (data.values || data.dtype === 'string') return data.values!;
    if (data.dtype === 'complex64') {
      const part = ({ dataId }: { dataId: DataId }) => read(on, dataId) as Float32Array;
      const { real, imag } = data.complexTensorInfos!;
      data.values = backend_util.mergeRealAndImagArrays(part(real), part(imag));
    } else {
      keep(data, download(on, [data.resource])[0]!);
    }
    return data.values!;
  };
  WebGPUBackend.prototype.readSync = function (this: unknown, id: object) {
    return read(this as Internals, id);
  };

  readTogetherWith((tensors) => {
    if (getBackend() !== 'webgpu') return;
    const on = backend() as unknown as Internals;
    const all = missing(on, tensors);
    if (all.length === 0) return;
    const parts = download(
      on,
      all.map(({ resource }) => resource),
    );
    all.forEach((data, at) => {
      keep(data, parts[at]!);
    });
  });
};

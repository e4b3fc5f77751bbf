import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend_util, type DataId, util } from '@tensorflow/tfjs-core';
import type { Internals } from './internals.ts';

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
      data.values = util.convertBackendValuesAndArrayBuffer(download(backend, data.resource), data.dtype);
    }
    return data.values;
  };
  WebGPUBackend.prototype.readSync = function (this: unknown, id: object) {
    return read(this as Internals, id);
  };
};

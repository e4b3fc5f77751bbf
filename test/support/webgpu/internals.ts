import type { backend_util, DataId } from '@tensorflow/tfjs-core';

/** What tfjs's backend keeps of a tensor: its values once read, or a buffer, or two tensors. */
export interface Data {
  values?: backend_util.BackendValues | null;
  readonly dtype: 'float32' | 'int32' | 'bool' | 'complex64' | 'string';
  readonly resource: GPUBuffer;
  readonly complexTensorInfos?: { readonly real: { dataId: DataId }; readonly imag: { dataId: DataId } };
}

/** What the tests use of tfjs's WebGPUBackend, which declares most of it private. */
export interface Internals {
  readonly device: GPUDevice;
  readonly tensorMap: { get(id: DataId): Data };
  /** What has been asked of the device and not been handed over yet. */
  readonly commandEncoder: GPUCommandEncoder | null;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** Hands over what tfjs has gathered, and last commands after it. */
export const submit = (backend: Internals, last?: (encoder: GPUCommandEncoder) => void): void => {
  backend.endComputePassEncoder();
  backend.ensureCommandEncoderReady();
  last?.(backend.commandEncoder!);
  backend.submitQueue();
};

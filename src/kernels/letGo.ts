import { type DataId, engine, type KernelBackend } from '@tensorflow/tfjs-core';

/** Releases data, and lets TensorFlow.js's engine forget them if nothing else owns them. */
export const letGo = (backend: KernelBackend, id: DataId): void => {
  if (backend.disposeData(id)) engine().removeDataId(id, backend);
};

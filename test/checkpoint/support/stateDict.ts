import type * as tf from '@tensorflow/tfjs-core';
import { joined, writeSafetensors } from '../../../src/checkpoint/safetensors/safetensors.ts';

/** A state dictionary of tensors by name. */
export const stateDict = (tensors: Readonly<Record<string, tf.Tensor>>, dtype = 'F32'): Uint8Array =>
  joined(
    writeSafetensors(
      Object.entries(tensors).map(([name, tensor]) => ({
        name,
        dtype,
        shape: tensor.shape,
        bytes: new Uint8Array(Float32Array.from(tensor.dataSync()).buffer),
      })),
      { format: 'pt' },
    ),
  );

import * as tf from '@tensorflow/tfjs-core';
import { adapterInfo, type RawInfo } from '../../src/backend/startup/adapter.ts';

/**
 * Whether each sum, product, quotient and root is rounded for itself, as IEEE 754 has it. A GPU may take several in one
 * step (WGSL, 'Floating point evaluation'); one that is made of software does not.
 */
export const roundsExactly = (): boolean => {
  if (tf.getBackend() !== 'webgpu') return true;
  const { device } = tf.backend() as unknown as { readonly device: { readonly adapterInfo?: RawInfo } };
  return adapterInfo({ info: device.adapterInfo ?? {} }).software;
};

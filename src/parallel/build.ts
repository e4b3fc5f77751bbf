import * as tf from '@tensorflow/tfjs-core';
import { kernelsWanted } from '../backend/useKernels.ts';
import { simdInUse } from '../kernels/wasm/useSimd.ts';

declare const __TFJS_BAYESIAN_VERSION__: string;

const nodeMajor = (): string | undefined =>
  typeof process === 'undefined' ? undefined : process.versions?.node?.split('.')[0];

/**
 * This library's version and the major version of Node, as a line. Under another one the bits of a result may differ, as V8's
 * powers do.
 *
 * @example
 * thisVersion(); // 'tfjs-bayesian 0.1.0 on Node 20'
 */
export const thisVersion = (): string => {
  const node = nodeMajor();
  return `tfjs-bayesian ${__TFJS_BAYESIAN_VERSION__} on ${node === undefined ? 'a browser' : `Node ${node}`}`;
};

/**
 * All that the bits of a result depend on beside its job, input and key, as a line; by default those of this thread.
 *
 * @example
 * thisBuild(); // 'tfjs-bayesian 0.1.0 on Node 22 with wasm and relaxed SIMD'
 */
export const thisBuild = (
  backend = tf.getBackend(),
  kernels = kernelsWanted(),
  simd = simdInUse(),
): string => {
  const relaxed = backend === 'wasm' && kernels && simd === 'relaxed';
  const and = relaxed ? ' and relaxed SIMD' : kernels ? '' : ' and without its kernels';
  return `${thisVersion()} with ${backend}${and}`;
};

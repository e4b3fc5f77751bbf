import { running } from '../../ops/registry.ts';
import { compiledKernels, compileFor } from './kernelModule.ts';
import { type Simd, simdFor } from './simd.ts';
import { threadPool } from './threads/pool.ts';
import { isWasmBackend } from './wasmBackend.ts';

/** The build whose kernels the running wasm backend uses; `undefined` where it runs none of them. */
const current = (): Simd | undefined => {
  const backend = running('wasm');
  try {
    return isWasmBackend(backend) ? compiledKernels(backend).simd : undefined;
  } catch {
    // The engine cannot run our kernels at all, which was said as they were to be installed.
    return undefined;
  }
};

/** The build of this thread's kernels, or the one that they would have. */
export const simdInUse = (): Simd => current() ?? simdFor();

/**
 * Gives the running wasm backend the kernels of a build, or of the plain one where relaxed SIMD is missing. Threads that run
 * those of the other build end.
 *
 * @returns the build in use; `undefined` if our kernels cannot run there
 */
export const useSimd = async (wanted: Simd | undefined): Promise<Simd | undefined> => {
  const [now, simd] = [current(), simdFor(wanted)];
  const backend = running('wasm');
  if (now === undefined || now === simd || !isWasmBackend(backend)) return now;
  const ended = threadPool(backend)?.stop();
  compileFor(backend, simd);
  await ended;
  return simd;
};

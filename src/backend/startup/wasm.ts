import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Simd } from '../../kernels/wasm/simd.ts';
import {
  defaultThreads,
  loadFor,
  type ThreadsInUse,
  useThreads,
} from '../../kernels/wasm/threads/useThreads.ts';
import { useSimd } from '../../kernels/wasm/useSimd.ts';
import { running } from '../../ops/registry.ts';
import { kernelsWanted } from '../useKernels.ts';
import { type BackendError, notStarted } from './backendError.ts';
import { backendPackage, moduleExports } from './packages.ts';
import { registered, start } from './start.ts';

/** The folder of tfjs's `.wasm` files, or the URL of each of them. */
export type WasmPaths =
  | string
  | Readonly<
      Record<
        'tfjs-backend-wasm.wasm' | 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm-threaded-simd.wasm',
        string
      >
    >;

interface WasmPackage {
  readonly setWasmPaths: (paths: WasmPaths) => void;
}

/** Sets the paths of the package's files, which it honours only before it starts. */
const located = (paths: WasmPaths | undefined): TE.TaskEither<BackendError, void> => {
  const needed = !running('wasm') && (paths !== undefined || !registered('wasm'));
  if (!needed) return TE.right(undefined);
  return pipe(
    backendPackage('wasm'),
    TE.chain((module) =>
      TE.tryCatch(
        async () => {
          if (paths !== undefined) moduleExports<WasmPackage>(module).setWasmPaths?.(paths);
        },
        (error) => notStarted('wasm', error),
      ),
    ),
  );
};

/** What the kernels of the wasm backend run on. */
export interface WasmInUse extends ThreadsInUse {
  /** Which build of them; there is none if they are turned off, or cannot run here. */
  readonly simd?: Simd;
}

/** Gives our kernels their build and their threads. */
const withKernels = async (threads: number, wanted: Simd | undefined): Promise<WasmInUse> => {
  const simd = await useSimd(wanted);
  return { ...(simd && { simd }), ...(await useThreads(threads)) };
};

/**
 * Makes wasm the current backend.
 *
 * @param threads the number of threads of our kernels; by default one for each core
 * @param simd their build; by default that for relaxed SIMD where there is any
 */
export const startWasm = (
  paths: WasmPaths | undefined,
  threads: number = defaultThreads(),
  simd?: Simd,
): TE.TaskEither<BackendError, WasmInUse> =>
  pipe(
    located(paths),
    TE.chain(() => () => loadFor(kernelsWanted() ? threads : 1, start('wasm'))),
    TE.chainTaskK(() => async () => {
      if (kernelsWanted()) return withKernels(threads, simd);
      const one = await useThreads(1);
      return threads === 1 ? one : { ...one, fewerThreads: 'the kernels of this library are turned off' };
    }),
  );

import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Simd, ThreadsInUse } from '../../kernels/wasm/index.ts';
import { running } from '../../ops/registry.ts';
import { loadedKernels, loadKernels } from '../kernelSets.ts';
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

type Kernels = NonNullable<typeof loadedKernels.wasm>;

const kernels: TE.TaskEither<BackendError, Kernels> = TE.tryCatch(
  async () => {
    await loadKernels('wasm');
    return loadedKernels.wasm!;
  },
  (error) => notStarted('wasm', error),
);

/** Gives our kernels their build and their threads. */
const withKernels = async (
  { useSimd, useThreads }: Kernels,
  threads: number,
  wanted: Simd | undefined,
): Promise<WasmInUse> => {
  const simd = await useSimd(wanted);
  return { ...(simd && { simd }), ...(await useThreads(threads)) };
};

/**
 * Makes wasm the current backend.
 *
 * @param asked the number of threads of our kernels; by default one for each core
 * @param simd their build; by default that for relaxed SIMD where there is any
 */
export const startWasm = (
  paths: WasmPaths | undefined,
  asked?: number,
  simd?: Simd,
): TE.TaskEither<BackendError, WasmInUse> =>
  pipe(
    located(paths),
    TE.chain(() => kernels),
    TE.chain((loaded) => {
      const threads = asked ?? loaded.defaultThreads();
      return pipe(
        () => loaded.loadFor(kernelsWanted() ? threads : 1, start('wasm')),
        TE.chainTaskK(() => async () => {
          if (kernelsWanted()) return withKernels(loaded, threads, simd);
          const one = await loaded.useThreads(1);
          return threads === 1 ? one : { ...one, fewerThreads: 'the kernels of this library are turned off' };
        }),
      );
    }),
  );

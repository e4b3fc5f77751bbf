import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../../check/index.ts';
import type { AdapterInfo } from './adapter.ts';
import { type BackendError, type BackendName, noBackend } from './backendError.ts';
import { startCpu } from './cpu.ts';
import { startWasm, type WasmPaths } from './wasm.ts';
import { startWebgpu } from './webgpu.ts';

/** Options of `useBackend` and `startBackend`. */
export interface UseBackendOptions {
  /**
   * For wasm in a browser: the folder with TensorFlow.js's `.wasm` files, ending in a slash, or the URL of each file
   * by its name. By default they are loaded from the folder of the program's own file.
   */
  readonly wasmPaths?: WasmPaths;
  /**
   * For wasm: the number of threads of this library's kernels, that of the caller included. Default: one for each core, at
   * most 8; inside the workers of `parallel`, 1.
   */
  readonly threads?: number;
  /**
   * For wasm: the build of this library's kernels, `'relaxed'` (the default) where the engine has relaxed SIMD, or `'plain'`,
   * with which products have the same bits in every engine.
   */
  readonly simd?: 'relaxed' | 'plain';
  /** For webgpu in Node: flags for Dawn, such as `'adapter=NVIDIA'`, part of the name of the adapter to take. */
  readonly dawn?: readonly string[];
}

const optionNames: OptionNames<UseBackendOptions> = {
  wasmPaths: true,
  threads: true,
  simd: true,
  dawn: true,
};

const wasmFiles: OptionNames<Exclude<WasmPaths, string>> = {
  'tfjs-backend-wasm.wasm': true,
  'tfjs-backend-wasm-simd.wasm': true,
  'tfjs-backend-wasm-threaded-simd.wasm': true,
};

/** The backend that was made the current one. */
export interface BackendInUse {
  readonly name: BackendName;
  /** The adapter it runs on; only for webgpu. */
  readonly adapter?: AdapterInfo;
  /** The number of threads of this library's kernels; only for wasm. */
  readonly threads?: number;
  /** Why there is one thread, if more were asked for or are the default; only for wasm. */
  readonly fewerThreads?: string;
  /**
   * The build of this library's kernels; only for wasm, and absent if they are turned off or cannot run. `'relaxed'` multiplies
   * and adds with relaxed SIMD, which Node 22, Chromium 114 and later ones have; see `useBackend`.
   */
  readonly simd?: 'relaxed' | 'plain';
  /** Why `'auto'` skipped the backends before this one. */
  readonly passedOver: readonly BackendError[];
}

type Attempt = TE.TaskEither<BackendError, Omit<BackendInUse, 'passedOver'>>;

const attempt = (
  name: BackendName,
  { wasmPaths, threads, simd, dawn = [] }: UseBackendOptions,
  hardware: boolean,
): Attempt => {
  switch (name) {
    case 'webgpu':
      return pipe(
        startWebgpu(dawn, hardware),
        TE.map((adapter) => ({ name, adapter })),
      );
    case 'wasm':
      return pipe(
        startWasm(wasmPaths, threads, simd),
        TE.map((inUse) => ({ name, ...inUse })),
      );
    case 'cpu':
      return pipe(
        startCpu,
        TE.map(() => ({ name })),
      );
  }
};

/** The first backend that starts, with the errors of those before it. */
const first = (
  [head, ...tail]: readonly Attempt[],
  passedOver: readonly BackendError[],
): TE.TaskEither<BackendError, BackendInUse> =>
  head === undefined
    ? TE.left(noBackend(passedOver))
    : pipe(
        head,
        TE.map((inUse) => ({ ...inUse, passedOver })),
        TE.orElse((error) => first(tail, [...passedOver, error])),
      );

const names: readonly BackendName[] = ['webgpu', 'wasm', 'cpu'];

const checkOptions = (fn: string, options: UseBackendOptions): void => {
  const { wasmPaths, threads, simd, dawn } = knownOptions(fn, options, optionNames);
  const isPaths =
    wasmPaths === undefined || typeof wasmPaths === 'string' || (typeof wasmPaths === 'object' && wasmPaths);
  if (!isPaths) invalidArgument(`${fn}: wasmPaths`, 'a folder, or URLs by name', wasmPaths);
  if (typeof wasmPaths === 'object') knownOptions(`${fn}: wasmPaths`, wasmPaths, wasmFiles);
  if (threads !== undefined) positiveInteger(`${fn}: threads`, threads);
  if (simd !== undefined && simd !== 'relaxed' && simd !== 'plain')
    invalidArgument(`${fn}: simd`, "'relaxed' or 'plain'", simd);
  if (dawn !== undefined && !(Array.isArray(dawn) && dawn.every((flag) => typeof flag === 'string')))
    invalidArgument(`${fn}: dawn`, 'a list of flags', dawn);
};

/**
 * The task that starts a backend, for the function named `fn`.
 *
 * @throws Error naming `fn` if `name` is not a backend, or an option has the wrong type
 * @example
 * const started = await starting('useBackend')('cpu', {})(); // Right
 */
export const starting =
  (fn: string) =>
  (name: BackendName | 'auto', options: UseBackendOptions): TE.TaskEither<BackendError, BackendInUse> => {
    const known = [...names, 'auto'] as const;
    if (!known.includes(name))
      invalidArgument(`${fn}: name`, known.map((each) => `'${each}'`).join(', '), name);
    checkOptions(fn, options);
    return name === 'auto'
      ? first(
          names.map((each) => attempt(each, options, true)),
          [],
        )
      : pipe(
          attempt(name, options, false),
          TE.map((inUse) => ({ ...inUse, passedOver: [] })),
        );
  };

/**
 * Makes one of TensorFlow.js's backends the current one, and reports what it runs on. It imports the backend's
 * package, which must be installed; the program need not import it. In Node, `'webgpu'` also needs the package
 * `webgpu` (Dawn), which it installs as `navigator.gpu` if there is none.
 *
 * On wasm the kernels of this library share their work out among threads, with the bits of one thread: worker threads in
 * Node, which do not keep the program alive, and Web Workers on cross-origin isolated pages. Where there can be none, or
 * the backend was started by `tf.setBackend('wasm')`, they use one thread, and the result says why. Calling this again
 * with another number changes it; `threads: 1` ends them.
 *
 * Where the engine has relaxed SIMD (Node 22, Chromium 114 and later), products, convolutions and `tf.softmax` round once where
 * the processor multiplies and adds in one instruction, and so may differ in the last bits from those elsewhere; `simd: 'plain'`
 * leaves it out. Random draws have the same bits in both.
 *
 * `'auto'` tries webgpu if there is a GPU for it (never a software adapter), then wasm, then cpu. Existing tensors
 * stay on the backend they were made on: call this first. Nothing happens until the returned task is called, and a
 * `Left` that is not checked goes unnoticed: `startBackend` throws it.
 *
 * @returns Right with the backend in use, or Left with the reason, in which case the previous backend stays current
 * @throws Error if `name` is not a backend, or an option has the wrong type
 * @example
 * const backend = await useBackend('cpu')();
 * console.log(backend._tag === 'Right' ? backend.right.name : backend.left.message);
 * // cpu
 */
export const useBackend = (
  name: BackendName | 'auto',
  options: UseBackendOptions = {},
): TE.TaskEither<BackendError, BackendInUse> => starting('useBackend')(name, options);

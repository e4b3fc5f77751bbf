/**
 * Starting a backend, and turning this library's kernels on and off.
 *
 * @module
 */

import './setup.ts';

export type { AdapterInfo } from './startup/adapter.ts';
export type { BackendError, BackendName } from './startup/backendError.ts';
export { startBackend } from './startup/startBackend.ts';
export { type BackendInUse, type UseBackendOptions, useBackend } from './startup/useBackend.ts';
export type { WasmPaths } from './startup/wasm.ts';
export { useKernels } from './useKernels.ts';

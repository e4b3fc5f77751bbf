import './gradients.ts';
import './setup.ts';

export type { AdapterInfo } from './choice/adapter.ts';
export type { BackendError, BackendName } from './choice/backendError.ts';
export { startBackend } from './choice/startBackend.ts';
export { type BackendInUse, type UseBackendOptions, useBackend } from './choice/useBackend.ts';
export type { WasmPaths } from './choice/wasm.ts';
export { useKernels } from './useKernels.ts';

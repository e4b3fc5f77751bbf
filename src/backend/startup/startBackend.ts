import * as E from 'fp-ts/lib/Either.js';
import type { BackendName } from './backendError.ts';
import { type BackendInUse, starting, type UseBackendOptions } from './useBackend.ts';

/**
 * `useBackend` as a promise: makes one of TensorFlow.js's backends the current one, or throws. `'auto'` tries webgpu
 * if there is a GPU for it, then wasm, then cpu. Call it before making any tensor.
 *
 * @returns the backend in use
 * @throws Error, as a rejection, whose message says why the backend did not start and whose `cause` is the
 * `BackendError`; or if `name` is not a backend, or an option has the wrong type
 * @example
 * const { name } = await startBackend('cpu');
 * console.log(name); // cpu
 */
export const startBackend = async (
  name: BackendName | 'auto',
  options: UseBackendOptions = {},
): Promise<BackendInUse> => {
  const started = await starting('startBackend')(name, options)();
  if (E.isRight(started)) return started.right;
  throw new Error(started.left.message, { cause: started.left });
};

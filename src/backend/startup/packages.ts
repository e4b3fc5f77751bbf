import * as TE from 'fp-ts/lib/TaskEither.js';
import { type BackendError, type BackendName, notLoaded } from './backendError.ts';

// Each import has its own function with a `try` and a literal name: bundlers then find the installed packages, split
// them into chunks that are loaded on demand, and tolerate missing ones.
const loaders: Readonly<Record<BackendName, () => Promise<unknown>>> = {
  webgpu: async () => {
    try {
      return await import('@tensorflow/tfjs-backend-webgpu');
    } catch (error) {
      return Promise.reject(error);
    }
  },
  wasm: async () => {
    try {
      return await import('@tensorflow/tfjs-backend-wasm');
    } catch (error) {
      return Promise.reject(error);
    }
  },
  cpu: async () => {
    try {
      return await import('@tensorflow/tfjs-backend-cpu');
    } catch (error) {
      return Promise.reject(error);
    }
  },
};

/** Loads the package of a backend, which registers it with tfjs. */
export const backendPackage = (name: BackendName): TE.TaskEither<BackendError, unknown> =>
  TE.tryCatch(loaders[name], (error) => notLoaded(name, `@tensorflow/tfjs-backend-${name}`, error));

/** The functions of a package, which is CommonJS in Node and an ES module through a bundler. */
export const moduleExports = <T>(module: unknown): Partial<T> => ({
  ...(module as { readonly default?: Partial<T> }).default,
  ...(module as Partial<T>),
});

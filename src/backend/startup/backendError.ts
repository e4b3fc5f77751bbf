import type { AdapterInfo } from './adapter.ts';

/** A backend of TensorFlow.js that this library runs on. */
export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** Why a backend is not in use; `message` explains it. */
export type BackendError =
  | {
      /** A package that the backend needs is not installed. */
      readonly _tag: 'PackageMissing';
      readonly backend: BackendName;
      readonly package: string;
      readonly message: string;
    }
  | {
      /** There is no WebGPU here, or no adapter (GPU) that it can use. */
      readonly _tag: 'NoAdapter';
      readonly backend: 'webgpu';
      readonly message: string;
    }
  | {
      /** The only adapter is a software one, which `'auto'` skips: wasm is faster. */
      readonly _tag: 'SoftwareAdapter';
      readonly backend: 'webgpu';
      readonly adapter: AdapterInfo;
      readonly message: string;
    }
  | {
      /** The requirements seem to be met, but the backend did not start. */
      readonly _tag: 'NotStarted';
      readonly backend: BackendName;
      readonly message: string;
    }
  | {
      /** `'auto'` found no backend at all. */
      readonly _tag: 'NoBackend';
      readonly reasons: readonly BackendError[];
      readonly message: string;
    };

/** A thrown value as one line; tfjs's wasm backend rejects with plain objects. */
const oneLineMessage = (thrown: unknown): string => {
  const message =
    typeof thrown === 'object' && thrown !== null && 'message' in thrown ? thrown.message : thrown;
  return String(message).split('\n')[0] as string;
};

const unresolved =
  /cannot find (module|package)|could not resolve|failed to resolve module specifier|bare specifier|does not resolve to/i;

/** The error of a package that could not be loaded: it is missing, or its own code failed. */
export const notLoaded = (backend: BackendName, name: string, thrown: unknown): BackendError => {
  // Node sets a code, Vite and webpack substitute a function that throws, a browser reports only the name.
  const { code } = (thrown ?? {}) as { readonly code?: unknown };
  const text = oneLineMessage(thrown);
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || unresolved.test(text);
  return missing && text.includes(name)
    ? {
        _tag: 'PackageMissing',
        backend,
        package: name,
        message: `the ${backend} backend needs the package ${name}: npm install ${name}`,
      }
    : notStarted(backend, `${name} could not be loaded: ${text}`);
};

/** The error of a backend that did not start, with the thrown value or a reason. */
export const notStarted = (backend: BackendName, reason: unknown): BackendError => ({
  _tag: 'NotStarted',
  backend,
  message: `the ${backend} backend did not start: ${oneLineMessage(reason)}`,
});

/** The error if there is no adapter. */
export const noAdapter = (message: string): BackendError => ({
  _tag: 'NoAdapter',
  backend: 'webgpu',
  message,
});

/** The error if the only adapter is not a GPU. */
export const softwareAdapter = (adapter: AdapterInfo): BackendError => ({
  _tag: 'SoftwareAdapter',
  backend: 'webgpu',
  adapter,
  message: `the only WebGPU adapter runs on the CPU (${adapter.description}), and wasm is faster`,
});

/** The error if no backend starts. */
export const noBackend = (reasons: readonly BackendError[]): BackendError => ({
  _tag: 'NoBackend',
  reasons,
  message: reasons.map(({ message }) => message).join('\n'),
});

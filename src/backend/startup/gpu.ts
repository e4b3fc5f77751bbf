import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { importByName } from '../importByName.ts';
import type { Gpu } from './adapter.ts';
import { type BackendError, noAdapter, notLoaded } from './backendError.ts';

/** An entry point to WebGPU, and a function that installs it as `navigator.gpu`. */
export interface Access {
  readonly gpu: Gpu;
  readonly install: () => void;
}

/** The exports of the package `webgpu` (Dawn for Node). */
interface Dawn {
  readonly create: (flags: string[]) => Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}

const here = globalThis as unknown as {
  readonly navigator?: { readonly gpu?: Gpu };
  readonly isSecureContext?: boolean;
  readonly process?: { readonly versions?: { readonly node?: string } };
};

const put = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
};

/**
 * Installs Dawn as `navigator.gpu`. Node has its own `navigator` since 21. The reference from `navigator.gpu` also
 * keeps Dawn alive: without it, Dawn and its adapters would be garbage-collected.
 */
const installDawn =
  ({ globals }: Dawn, gpu: Gpu) =>
  (): void => {
    for (const [name, value] of Object.entries(globals))
      if (!(name in globalThis)) put(globalThis, name, value);
    if (here.navigator === undefined) put(globalThis, 'navigator', {});
    put(here.navigator as object, 'gpu', gpu);
  };

/** WebGPU through Dawn, invisible to the rest of the program until it is installed. */
const accessDawn = (flags: readonly string[]): TE.TaskEither<BackendError, Access> =>
  TE.tryCatch(
    async () => {
      const module = (await importByName('webgpu')) as Dawn;
      const gpu = module.create([...flags]);
      return { gpu, install: installDawn(module, gpu) };
    },
    (error) => notLoaded('webgpu', 'webgpu', error),
  );

/**
 * The global WebGPU, as in a browser, or Dawn in Node.
 *
 * @param flags for Dawn, such as `adapter=NVIDIA`
 */
export const accessToGpu = (flags: readonly string[]): TE.TaskEither<BackendError, Access> =>
  pipe(here.navigator?.gpu, (gpu) => {
    if (gpu) return TE.right({ gpu, install: () => {} });
    if (here.process?.versions?.node !== undefined) return accessDawn(flags);
    return TE.left(
      noAdapter(
        here.isSecureContext === false
          ? 'WebGPU is available only on pages from https or localhost'
          : 'this browser does not support WebGPU, or it is disabled',
      ),
    );
  });

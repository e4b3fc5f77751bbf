import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { importByName } from '../importByName.ts';
import type { Gpu } from './adapter.ts';
import { type BackendError, noAdapter, notLoaded } from './backendError.ts';

/** A way to WebGPU, and what makes the program's global one of it. */
export interface Access {
  readonly gpu: Gpu;
  readonly install: () => void;
}

/** What the package `webgpu`, Dawn for Node, has. */
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
 * Makes Dawn what `navigator.gpu` is in a browser. Node has a navigator of its own since 21. That `navigator.gpu` refers to
 * it also keeps it alive: without that it would be collected, and its adapters with it.
 */
const installDawn =
  ({ globals }: Dawn, gpu: Gpu) =>
  (): void => {
    for (const [name, value] of Object.entries(globals))
      if (!(name in globalThis)) put(globalThis, name, value);
    if (here.navigator === undefined) put(globalThis, 'navigator', {});
    put(here.navigator as object, 'gpu', gpu);
  };

/** WebGPU through Dawn, which nothing else of the program sees before it is installed. */
const throughDawn = (flags: readonly string[]): TE.TaskEither<BackendError, Access> =>
  TE.tryCatch(
    async () => {
      const module = (await importByName('webgpu')) as Dawn;
      const gpu = module.create([...flags]);
      return { gpu, install: installDawn(module, gpu) };
    },
    (error) => notLoaded('webgpu', 'webgpu', error),
  );

/**
 * The program's own WebGPU, as a browser has it, or Dawn in Node.
 *
 * @param flags for Dawn, such as `adapter=NVIDIA`
 */
export const accessToGpu = (flags: readonly string[]): TE.TaskEither<BackendError, Access> =>
  pipe(here.navigator?.gpu, (gpu) => {
    if (gpu) return TE.right({ gpu, install: () => {} });
    if (here.process?.versions?.node !== undefined) return throughDawn(flags);
    return TE.left(
      noAdapter(
        here.isSecureContext === false
          ? 'a browser has WebGPU only on pages from https or localhost'
          : 'this browser has no WebGPU, or it is turned off',
      ),
    );
  });

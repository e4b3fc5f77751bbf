import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { running } from '../../ops/registry.ts';
import { type AdapterInfo, adapterInfo, type Gpu, type RawInfo } from './adapter.ts';
import { type BackendError, noAdapter, notStarted, softwareAdapter } from './backendError.ts';
import { accessToGpu } from './gpu.ts';
import { backendPackage } from './packages.ts';
import { registered, start } from './start.ts';

const noAdapterMessage = 'WebGPU found no adapter: no GPU, or no working driver';

/** The adapter that tfjs will request as well. Dawn throws if a flag names a missing one. */
const requestAdapterInfo = (gpu: Gpu): TE.TaskEither<BackendError, AdapterInfo> =>
  pipe(
    TE.tryCatch(
      () => gpu.requestAdapter({ powerPreference: 'high-performance' }),
      (error) =>
        noAdapter(`${noAdapterMessage} (${error instanceof Error ? error.message.split('\n')[0] : error})`),
    ),
    TE.chain((adapter) => (adapter ? TE.right(adapterInfo(adapter)) : TE.left(noAdapter(noAdapterMessage)))),
  );

/** The adapter of a backend that is already running. */
const currentAdapter = (): AdapterInfo | undefined => {
  const backend = running('webgpu') as
    | { readonly device?: { readonly adapterInfo?: RawInfo }; readonly adapterInfo?: RawInfo }
    | undefined;
  const info = backend && (backend.device?.adapterInfo ?? backend.adapterInfo);
  return info && adapterInfo({ info });
};

/** The package looks for WebGPU once, when it is imported. */
const checkRegistered = (): E.Either<BackendError, void> =>
  registered('webgpu')
    ? E.right(undefined)
    : E.left(
        notStarted(
          'webgpu',
          '@tensorflow/tfjs-backend-webgpu was imported before there was WebGPU: let useBackend import it',
        ),
      );

const startNew = (flags: readonly string[], hardware: boolean): TE.TaskEither<BackendError, AdapterInfo> =>
  pipe(
    TE.Do,
    TE.bind('access', () => accessToGpu(flags)),
    TE.bind('adapter', ({ access }) => requestAdapterInfo(access.gpu)),
    TE.filterOrElse(
      ({ adapter }) => !(hardware && adapter.software),
      ({ adapter }) => softwareAdapter(adapter),
    ),
    TE.tapIO(({ access }) => access.install),
    TE.tap(() => (registered('webgpu') ? TE.right(undefined) : backendPackage('webgpu'))),
    TE.tap(() => TE.fromEither(checkRegistered())),
    TE.tap(() => start('webgpu')),
    TE.map(({ adapter }) => currentAdapter() ?? adapter),
  );

/**
 * Makes webgpu the current backend.
 *
 * @param flags for Dawn, in Node
 * @param hardware whether the adapter must be a GPU
 */
export const startWebgpu = (
  flags: readonly string[],
  hardware: boolean,
): TE.TaskEither<BackendError, AdapterInfo> => {
  const adapter = currentAdapter();
  if (adapter === undefined) return startNew(flags, hardware);
  return hardware && adapter.software
    ? TE.left(softwareAdapter(adapter))
    : pipe(
        start('webgpu'),
        TE.map(() => adapter),
      );
};

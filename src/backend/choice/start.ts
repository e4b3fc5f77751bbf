import { engine, findBackendFactory, type KernelBackend, setBackend } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { type BackendError, type BackendName, notStarted } from './backendError.ts';

type Factory = () => KernelBackend | Promise<KernelBackend>;

/** The parts of tfjs's engine that are read here. */
interface Registry {
  readonly backendName: string;
  readonly registry: Readonly<Record<string, KernelBackend>>;
  readonly registryFactory: Readonly<Record<string, { factory: Factory }>>;
}

const registry = (): Registry => engine() as unknown as Registry;

/** Whether the package of a backend has registered it. */
export const registered = (name: BackendName): boolean => findBackendFactory(name) !== null;

/** Runs a function and keeps what the backend's factory throws meanwhile: tfjs prints that, and gives false. */
const watched = async (name: BackendName, f: () => Promise<boolean>): Promise<E.Either<unknown, void>> => {
  const entry = registry().registryFactory[name]!;
  const { factory } = entry;
  const thrown: unknown[] = [];
  entry.factory = async () => {
    try {
      return await factory();
    } catch (error) {
      thrown.push(error);
      throw error;
    }
  };
  try {
    return (await f()) ? E.right(undefined) : E.left(thrown[0] ?? 'TensorFlow.js does not say why');
  } finally {
    entry.factory = factory;
  }
};

/** Makes a registered backend the current one. If it does not start, that which was current before is so again. */
export const start =
  (name: BackendName): TE.TaskEither<BackendError, void> =>
  async () => {
    const { backendName } = registry();
    const outcome = await watched(name, () => setBackend(name));
    if (E.isRight(outcome)) return outcome;
    if (registry().registry[backendName]) await setBackend(backendName);
    return E.left(notStarted(name, outcome.left));
  };

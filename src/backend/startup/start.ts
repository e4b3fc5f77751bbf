import { engine, findBackendFactory, setBackend } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { running } from '../../ops/registry.ts';
import { type BackendError, type BackendName, notStarted } from './backendError.ts';

/** Whether the package of a backend has registered it. */
export const registered = (name: BackendName): boolean => findBackendFactory(name) !== null;

/** Runs a function and keeps what the backend's factory throws meanwhile: tfjs prints that, and gives false. */
const watched = async (name: BackendName, f: () => Promise<boolean>): Promise<E.Either<unknown, void>> => {
  const entry = engine().registryFactory[name]!;
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
    const { backendName } = engine();
    const outcome = await watched(name, () => setBackend(name));
    if (E.isRight(outcome)) return outcome;
    if (running(backendName)) await setBackend(backendName);
    return E.left(notStarted(name, outcome.left));
  };

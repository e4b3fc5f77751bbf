import { engine, findBackendFactory, setBackend } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { running } from '../../ops/registry.ts';
import { loadKernels } from '../kernelSets.ts';
import { type BackendError, type BackendName, notStarted } from './backendError.ts';

/** Whether the package of a backend has registered it. */
export const registered = (name: BackendName): boolean => findBackendFactory(name) !== null;

/** Runs a function and captures what the backend's factory throws: tfjs only prints it and returns false. */
const captureThrown = async (
  name: BackendName,
  f: () => Promise<boolean>,
): Promise<E.Either<unknown, void>> => {
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
    return (await f()) ? E.right(undefined) : E.left(thrown[0] ?? 'TensorFlow.js gives no reason');
  } finally {
    entry.factory = factory;
  }
};

/** Makes a registered backend the current one. If it does not start, the previous one becomes current again. */
export const start =
  (name: BackendName): TE.TaskEither<BackendError, void> =>
  async () => {
    const { backendName } = engine();
    try {
      // A backend that was running before this library was imported has none yet.
      if (name !== 'cpu') await loadKernels(name);
    } catch (error) {
      return E.left(notStarted(name, error));
    }
    const outcome = await captureThrown(name, () => setBackend(name));
    if (E.isRight(outcome)) return outcome;
    if (running(backendName)) await setBackend(backendName);
    return E.left(notStarted(name, outcome.left));
  };

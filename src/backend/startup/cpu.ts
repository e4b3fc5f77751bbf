import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from './backendError.ts';
import { backendPackage } from './packages.ts';
import { registered, start } from './start.ts';

/** Makes cpu, plain JavaScript, the current backend. */
export const startCpu: TE.TaskEither<BackendError, void> = pipe(
  TE.rightIO(() => registered('cpu')),
  TE.chain((already) => (already ? TE.right(undefined) : backendPackage('cpu'))),
  TE.chain(() => start('cpu')),
);

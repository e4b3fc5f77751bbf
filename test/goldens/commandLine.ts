import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { refusal } from '../../examples/commandLine.ts';
import { type Report, runGoldens } from './runGoldens.ts';

const usage = 'usage: npm run goldens -- DIR [--backend cpu|wasm]';

interface Request {
  readonly folder: string;
  readonly backend: string;
}

const parseRequest = (args: readonly string[]): E.Either<string, Request> =>
  pipe(
    E.tryCatch(
      () =>
        parseArgs({
          args: [...args],
          allowPositionals: true,
          options: { backend: { type: 'string', default: 'cpu' } },
        }),
      refusal,
    ),
    E.chain(({ positionals: [folder, ...others], values: { backend } }) =>
      folder !== undefined && others.length === 0 && ['cpu', 'wasm'].includes(backend)
        ? E.right({ folder, backend })
        : E.left('give one folder, and cpu or wasm as the backend'),
    ),
  );

const reportOn = async ({ folder, backend }: Request): Promise<Report> =>
  (await tf.setBackend(backend))
    ? runGoldens(folder)
    : { lines: [`goldens: the backend ${backend} did not start`], code: 2 };

/** Runs the check as its arguments say: a folder, and a backend where it is not the cpu's. */
export const commandLine = (args: readonly string[]): Promise<Report> =>
  pipe(
    parseRequest(args),
    E.match(
      async (problem): Promise<Report> => ({ lines: [`goldens: ${problem}; ${usage}`], code: 2 }),
      reportOn,
    ),
  );

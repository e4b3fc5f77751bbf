import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import type * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { type BackendInUse, type BackendName, pipe, useBackend } from 'tfjs-bayesian';
import { FAILED, refusal, runProgram } from './commandLine.ts';

/** The values of `--backend`. */
export type Choice = BackendName | 'auto';

const choices: readonly Choice[] = ['webgpu', 'wasm', 'cpu', 'auto'];

/** `--backend` for `parseArgs`, and its line in the help text. */
export const backendOption = { type: 'string', default: 'wasm' } as const;
export const backendHelp = `  --backend NAME    webgpu, wasm, cpu, or auto: the best one available (default ${backendOption.default})`;

/** The backend named on a command line, or the error as one line. */
export const parseBackend = (text: string): E.Either<string, Choice> => {
  const choice = choices.find((each) => each === text);
  return choice === undefined
    ? E.left(`--backend must be webgpu, wasm, cpu or auto, got '${text}'`)
    : E.right(choice);
};

/** The options that most examples have. */
interface BackendOptions {
  readonly backend: Choice;
  readonly help: boolean;
}

const onlyBackend = (argv: readonly string[]): E.Either<string, BackendOptions> =>
  pipe(
    E.tryCatch(() => {
      const options = {
        backend: backendOption,
        help: { type: 'boolean', short: 'h', default: false },
      } as const;
      return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
    }, refusal),
    E.chain(({ backend, help }) =>
      E.map((choice: Choice) => ({ backend: choice, help }))(parseBackend(backend)),
    ),
  );

const described = ({ name, adapter }: BackendInUse): string =>
  adapter === undefined ? name : `${name} (${adapter.description}${adapter.software ? ', software' : ''})`;

/** Node 20 has relaxed SIMD behind a flag; later ones have it. */
const allowRelaxedSimd = (): void => {
  if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
};

/** Starts a backend and returns its description; if it does not start, prints the reason and returns undefined. */
export const tryBackend = async (example: string, choice: Choice): Promise<string | undefined> => {
  allowRelaxedSimd();
  const started = await useBackend(choice)();
  if (E.isRight(started)) return described(started.right);
  console.error(`${example}: ${started.left.message}`);
  return undefined;
};

/**
 * Runs an example whose only option is its backend.
 *
 * @returns the exit code
 */
export const onBackend = (
  example: string,
  argv: readonly string[],
  run: (backend: string) => Promise<number>,
): Promise<number> =>
  runProgram(
    {
      name: example,
      help: `npm run example ${example} -- [options]\n\n${backendHelp}\n  --help            prints this text`,
      parse: onlyBackend,
      run: async ({ backend: choice }) => {
        const backend = await tryBackend(example, choice);
        return backend === undefined ? FAILED : run(backend);
      },
    },
    argv,
  );

/** The values of the tensors that a function makes, which are then disposed. Asynchronous, since a GPU is. */
export const readValues = async <K extends string>(
  tensors: Readonly<Record<K, tf.Tensor>>,
): Promise<Readonly<Record<K, readonly number[]>>> => {
  const read = await Promise.all(
    Object.entries<tf.Tensor>(tensors).map(async ([name, tensor]) => {
      const values = Array.from(await tensor.data());
      tensor.dispose();
      return [name, values] as const;
    }),
  );
  return Object.fromEntries(read) as unknown as Readonly<Record<K, readonly number[]>>;
};

import { parseArgs } from 'node:util';
import type * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { type BackendInUse, type BackendName, pipe, useBackend } from 'tfjs-bayesian';
import { FAILED, refusal, runProgram } from './commandLine.ts';

/** What `--backend` may say. */
export type Choice = BackendName | 'auto';

const choices: readonly Choice[] = ['webgpu', 'wasm', 'cpu', 'auto'];

/** `--backend` for `parseArgs`, and its line of help. */
export const backendOption = { type: 'string', default: 'wasm' } as const;
export const backendHelp = `  --backend NAME    webgpu, wasm, cpu, or auto: the best of them that there is (default ${backendOption.default})`;

/** The backend that a command line asks for, or the line that says what is wrong with it. */
export const backendOf = (text: string): E.Either<string, Choice> => {
  const choice = choices.find((each) => each === text);
  return choice === undefined
    ? E.left(`--backend must be webgpu, wasm, cpu or auto, got '${text}'`)
    : E.right(choice);
};

/** The only options of most examples. */
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
      E.map((choice: Choice) => ({ backend: choice, help }))(backendOf(backend)),
    ),
  );

const described = ({ name, adapter }: BackendInUse): string =>
  adapter === undefined ? name : `${name} (${adapter.description}${adapter.software ? ', software' : ''})`;

/** Starts a backend; gives its description, or says why it does not start and gives nothing. */
export const tryBackend = async (example: string, choice: Choice): Promise<string | undefined> => {
  const started = await useBackend(choice)();
  if (E.isRight(started)) return described(started.right);
  console.error(`${example}: ${started.left.message}`);
  return undefined;
};

/**
 * Runs an example that has no option but its backend.
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
      help: `npm run example ${example} -- [options]\n\n${backendHelp}\n  --help            this text`,
      parse: onlyBackend,
      run: async ({ backend: choice }) => {
        const backend = await tryBackend(example, choice);
        return backend === undefined ? FAILED : run(backend);
      },
    },
    argv,
  );

/** The values of tensors that a function makes, which then are gone. On a GPU values have to be waited for. */
export const valuesOf = async <K extends string>(
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

import { parseArgs } from 'node:util';
import type * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { type BackendInUse, type BackendName, useBackend } from 'tfjs-bayesian';

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

/** What was thrown by `parseArgs`, in one line: Node goes on to explain how to pass an argument that starts with a dash. */
export const refusal = (error: unknown): string =>
  error instanceof Error ? (error.message.split(/[.'"] /)[0] ?? error.message) : String(error);

const onlyBackend = (argv: readonly string[]) =>
  E.tryCatch(
    () =>
      parseArgs({ args: [...argv], options: { backend: backendOption }, allowPositionals: false }).values
        .backend,
    refusal,
  );

const described = ({ name, adapter }: BackendInUse): string =>
  adapter === undefined ? name : `${name} (${adapter.description}${adapter.software ? ', software' : ''})`;

/** Starts a backend; gives its description, or says why it does not start and gives nothing. */
export const startBackend = async (example: string, choice: Choice): Promise<string | undefined> => {
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
export const onBackend = async (
  example: string,
  argv: readonly string[],
  run: (backend: string) => Promise<number>,
): Promise<number> => {
  const choice = E.chain(backendOf)(onlyBackend(argv));
  if (E.isLeft(choice)) {
    console.error(`${example}: ${choice.left}`);
    return 2;
  }
  const backend = await startBackend(example, choice.right);
  return backend === undefined ? 1 : run(backend);
};

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

import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';

/** The first line of an error of `parseArgs`; Node adds how to pass an argument that starts with a dash. */
export const refusal = (error: unknown): string =>
  error instanceof Error ? (error.message.split(/[.'"] /)[0] ?? error.message) : String(error);

/** An integer option within its range, or the error as one line. */
export const integer = (
  name: string,
  text: string,
  lowest: number,
  highest: number,
): E.Either<string, number> => {
  const value = Number(text);
  return Number.isInteger(value) && text.trim() !== '' && value >= lowest && value <= highest
    ? E.right(value)
    : E.left(`--${name} must be an integer from ${lowest} to ${highest}, got '${text}'`);
};

/** A file option, checked before the work starts, or the error as one line. */
export const writableFile = (name: string, text: string): E.Either<string, string> =>
  pipe(
    E.tryCatch(
      () => {
        accessSync(path.dirname(path.resolve(text)), constants.W_OK);
        return text !== '' && statSync(text, { throwIfNoEntry: false })?.isDirectory() !== true;
      },
      () => false,
    ),
    E.getOrElse((writable) => writable),
    (writable) =>
      writable
        ? E.right(text)
        : E.left(`--${name} must be a file in a folder that can be written to, got '${text}'`),
  );

/** Exit codes: a failure, and a request for something that does not exist. */
export const FAILED = 1;
export const WRONG_USE = 2;

const complaint = 'tfjs-bayesian/complaint';

/** Ends a program, from anywhere in it, with a one-line message about something that its user can correct. */
export const complain = (message: string): never => {
  throw new Error(message, { cause: complaint });
};

const isComplaint = (error: unknown): error is Error => error instanceof Error && error.cause === complaint;

/** A program with a command line. */
export interface Program<O> {
  /** The prefix of its error messages. */
  readonly name: string;
  readonly help: string;
  /** The options of a command line, or the error as one line. */
  readonly parse: (argv: readonly string[]) => E.Either<string, O>;
  /** Does the work and returns the exit code. */
  readonly run: (options: O) => Promise<number>;
}

/**
 * Runs a program. An invalid command line, or a call of `complain`, prints one line and gives exit code 2.
 *
 * @returns the exit code
 */
export const runProgram = async <O extends { readonly help: boolean }>(
  { name, help, parse, run }: Program<O>,
  argv: readonly string[],
): Promise<number> => {
  const options = parse(argv);
  if (E.isLeft(options)) {
    console.error(`${name}: ${options.left}`);
    return WRONG_USE;
  }
  if (options.right.help) {
    console.log(help);
    return 0;
  }
  try {
    return await run(options.right);
  } catch (error) {
    if (!isComplaint(error)) throw error;
    console.error(`${name}: ${error.message}`);
    return WRONG_USE;
  }
};

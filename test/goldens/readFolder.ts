import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Fields, isFields } from './json.ts';

/** A golden file: its name, its whole content and its cases. */
export interface GoldenFile {
  readonly name: string;
  readonly content: Fields;
  readonly cases: readonly Fields[];
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const readContent = (name: string, content: unknown): E.Either<string, GoldenFile> => {
  const cases: unknown = isFields(content) ? content.cases : undefined;
  return isFields(content) && Array.isArray(cases) && cases.every(isFields)
    ? E.right({ name, content, cases })
    : E.left(`${name} is no golden file: it has no list of cases`);
};

const readFile =
  (folder: string) =>
  (name: string): E.Either<string, GoldenFile> =>
    pipe(
      E.tryCatch(
        (): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8')),
        (error) => `cannot read ${join(folder, name)}: ${message(error)}`,
      ),
      E.chain((content) => readContent(name, content)),
    );

/** The golden files of a folder in order of their names, or what is wrong with it. */
export const readFolder = (folder: string): E.Either<string, readonly GoldenFile[]> =>
  pipe(
    E.tryCatch(
      () => readdirSync(folder).filter((name) => name.endsWith('.json')),
      (error) => `cannot read the folder ${folder}: ${message(error)}`,
    ),
    E.filterOrElse(
      (names) => names.length > 0,
      () => `there are no golden files (*.json) in ${folder}`,
    ),
    E.chain((names) => pipe([...names].sort(), E.traverseArray(readFile(folder)))),
  );

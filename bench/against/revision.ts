import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';

const execute = promisify(execFile);

/** A revision that can be measured: what it was called, its commit, and the folder of its repository. */
export interface Revision {
  readonly repository: string;
  readonly name: string;
  readonly commit: string;
}

const gitIn =
  (repository: string) =>
  async (...args: readonly string[]): Promise<E.Either<string, string>> => {
    try {
      return E.right((await execute('git', args, { cwd: repository })).stdout.trim());
    } catch (error) {
      return E.left(error instanceof Error ? error.message : String(error));
    }
  };

/** The commit behind a name, or one line that says why it cannot be measured. */
export const findRevision = async (name: string, repository: string): Promise<E.Either<string, Revision>> => {
  const git = gitIn(repository);
  if (E.isLeft(await git('rev-parse', '--git-dir')))
    return E.left('--against needs git, and a clone of this repository');
  const commit = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`);
  if (E.isLeft(commit)) return E.left(`--against must be a revision of this repository, got '${name}'`);
  const rows = await git('cat-file', '-e', `${commit.right}:bench/contenders.ts`);
  return E.isRight(rows)
    ? E.right({ repository, name, commit: commit.right })
    : E.left(`--against must be a revision with a bench/contenders.ts, got '${name}'`);
};

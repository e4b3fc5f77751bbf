import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { withCheckout } from '../../../bench/against/checkout.ts';
import { findRevision, type Revision } from '../../../bench/against/revision.ts';

let repository: string;
/** Where temporary folders go here, so that no other program's are counted. */
let temporary: string;

const git = (...args: readonly string[]): void => {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...who, ...args], { cwd: repository });
};

const writeJson = (name: string, value: unknown): void =>
  writeFileSync(join(repository, name), JSON.stringify(value));

/** A commit whose build is one program, under a tag. */
const commit = (tag: string, build: string, dependencies: Readonly<Record<string, string>> = {}): void => {
  const scripts = { build: `node -e "${build}"` };
  writeJson('package.json', { name: 'x', version: '1.0.0', scripts, dependencies });
  git('add', '--all');
  git('commit', '--quiet', '--message', tag);
  git('tag', tag);
};

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'tfjs-bayesian-repository-'));
  temporary = await mkdtemp(join(tmpdir(), 'tfjs-bayesian-temporary-'));
  vi.stubEnv('TMPDIR', temporary);
  git('init', '--quiet');
  writeFileSync(join(repository, '.gitignore'), 'node_modules\n');
  const lock = { name: 'x', version: '1.0.0', lockfileVersion: 3, packages: {} };
  writeJson('package-lock.json', lock);
  commit('bare', '');
  mkdirSync(join(repository, 'bench'));
  writeFileSync(join(repository, 'bench', 'contenders.ts'), 'export const contenders = [];\n');
  commit('fine', "require('fs').writeFileSync('built', 'yes')");
  commit('broken', "console.log('no such file'); process.exit(3)");
  commit('endless', "require('fs').writeFileSync('begun', ''); setTimeout(() => {}, 1e6)");
  // A package that is not here, and that npm installs without a network.
  const dependencies = { local: 'file:local' };
  mkdirSync(join(repository, 'local'));
  writeJson('local/package.json', { name: 'local', version: '1.0.0' });
  writeJson('package-lock.json', {
    ...lock,
    packages: {
      '': { name: 'x', version: '1.0.0', dependencies },
      local: { version: '1.0.0' },
      'node_modules/local': { resolved: 'local', link: true },
    },
  });
  commit('other', '', dependencies);
  writeJson('package-lock.json', lock);
  mkdirSync(join(repository, 'node_modules'));
  writeFileSync(join(repository, 'node_modules', 'here'), '');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const folder of [repository, temporary]) await rm(folder, { recursive: true });
});

const known = async (name: string): Promise<Revision> => {
  const revision = await findRevision(name, repository);
  if (E.isLeft(revision)) throw new Error(revision.left);
  return revision.right;
};

/** What is left there, unless by Node: later versions of npm let it keep compiled code. */
const left = (): readonly string[] => readdirSync(temporary).filter((name) => name !== 'node-compile-cache');

const never = new AbortController().signal;

describe('findRevision', () => {
  test('finds a commit by any name known to git', async () => {
    const revision = await known('fine');
    expect(revision).toMatchObject({ name: 'fine', repository });
    expect(revision.commit).toMatch(/^[0-9a-f]{40}$/);
    expect((await known(revision.commit.slice(0, 12))).commit).toBe(revision.commit);
  });

  test.each(['nowhere', '', '--all', 'HEAD:package.json'])('refuses %j by name', async (name) => {
    expect(await findRevision(name, repository)).toEqual(
      E.left(`--against must be a revision of this repository, got '${name}'`),
    );
  });

  test('refuses a revision without rows, and a folder without git', async () => {
    expect(await findRevision('bare', repository)).toEqual(
      E.left("--against must be a revision with a bench/contenders.ts, got 'bare'"),
    );
    expect(await findRevision('fine', tmpdir())).toEqual(
      E.left('--against needs git, and a clone of this repository'),
    );
  });
});

describe('withCheckout', () => {
  test('provides the built revision with the installed packages, and removes it', async () => {
    const folder = await withCheckout(
      await known('fine'),
      never,
      () => {},
      async (found) => {
        expect(readFileSync(join(found, 'built'), 'utf8')).toBe('yes');
        expect(existsSync(join(found, 'bench', 'contenders.ts'))).toBe(true);
        expect(existsSync(join(found, 'node_modules', 'here'))).toBe(true);
        return found;
      },
    );
    expect(existsSync(folder)).toBe(false);
    expect(left()).toEqual([]);
    // What it linked to stays.
    expect(existsSync(join(repository, 'node_modules', 'here'))).toBe(true);
  });

  test('installs missing packages', async () => {
    await withCheckout(
      await known('other'),
      never,
      () => {},
      async (found) => {
        expect(readdirSync(join(found, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
          'local',
        ]);
      },
    );
    expect(left()).toEqual([]);
  });

  test("removes it if the build fails, and reports the build's output", async () => {
    const outcome = withCheckout(
      await known('broken'),
      never,
      () => {},
      async () => 'built',
    );
    await expect(outcome).rejects.toThrow(/npm run build ended with exit code [\s\S]*no such file/);
    expect(left()).toEqual([]);
  });

  test('removes it if its user fails', async () => {
    const outcome = withCheckout(
      await known('fine'),
      never,
      () => {},
      () => Promise.reject(new Error('no row')),
    );
    await expect(outcome).rejects.toThrow('no row');
    expect(left()).toEqual([]);
  });

  test('stops a running build, and removes the folder', async () => {
    const controller = new AbortController();
    const outcome = withCheckout(
      await known('endless'),
      controller.signal,
      () => {},
      async () => 'built',
    );
    const settled = outcome.catch((error: unknown) => error);
    const begun = (): boolean => left().some((name) => existsSync(join(temporary, name, 'begun')));
    await expect.poll(begun, { timeout: 60_000 }).toBe(true);
    controller.abort();
    expect(await settled).toMatchObject({ message: expect.stringContaining('npm run build was stopped') });
    expect(left()).toEqual([]);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { output } from './child.ts';
import { contains, type Lock } from './packages.ts';
import type { Revision } from './revision.ts';

const readLock = (folder: string): Lock =>
  JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as Lock;

/** Packages installed anew, or those that are here already if the revision's lock file asks for no others. */
const install = async (repository: string, folder: string, signal: AbortSignal): Promise<void> => {
  const modules = resolve(repository, 'node_modules');
  if (existsSync(modules) && contains(readLock(repository), readLock(folder)))
    await symlink(await realpath(modules), join(folder, 'node_modules'), 'junction');
  else await output('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], { folder, signal });
};

/**
 * Runs a function with a folder that holds a revision, its packages and its build, and removes it afterwards, whatever
 * happens.
 *
 * @param signal stops what is going on
 * @throws Error if packages cannot be installed or the revision cannot be built, with what npm or the build said
 */
export const withCheckout = async <A>(
  { repository, name, commit }: Revision,
  signal: AbortSignal,
  onProgress: (text: string) => void,
  f: (folder: string) => Promise<A>,
): Promise<A> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tfjs-bayesian-against-')));
  try {
    const here = { folder: repository, signal };
    const archive = join(folder, 'revision.tar');
    await output('git', ['archive', '--format=tar', `--output=${archive}`, commit], here);
    await output('tar', ['-xf', archive, '-C', folder], here);
    await rm(archive);
    onProgress(`packages of ${name}`);
    await install(repository, folder, signal);
    onProgress(`building ${name}`);
    await output('npm', ['run', 'build'], { folder, signal });
    return await f(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
};

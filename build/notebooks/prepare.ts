import { execFile } from 'node:child_process';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const changed = async (file: string): Promise<number> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

/** Installs what `package-lock.json` of a folder names, unless that was done since it last changed. */
export const installed = async (folder: string): Promise<void> => {
  const done = await changed(join(folder, 'node_modules/.package-lock.json'));
  if (done <= (await changed(join(folder, 'package-lock.json'))))
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
};

/**
 * Makes a folder ready for its notebooks: what its package.json names, and this library, not as it lies here but from
 * the package that users install.
 */
export const prepare = async (folder: string): Promise<void> => {
  await installed(folder);
  await mkdir('out', { recursive: true });
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', 'out']);
  const library = join(folder, 'node_modules/tfjs-bayesian');
  await rm(library, { recursive: true, force: true });
  await mkdir(library);
  await run('tar', ['-xzf', join('out', stdout.trim()), '-C', library, '--strip-components=1']);
};

import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { serveFolder } from '../../support/serveFolder.ts';

const execute = promisify(execFile);
const tool = (path: string): string => resolve('node_modules', path);

/** The page as it ships, on a plain static server. */
export interface Site {
  readonly address: string;
  /** The gzipped bytes of all its files with this ending. */
  readonly gzipped: (ending: string) => number;
  readonly close: () => void;
}

/** Builds the package and the page on it, in a folder of their own, and serves what is in the files, no more. */
export const startSite = async (): Promise<Site> => {
  const staged = resolve('out', `web-test-${process.pid}`);
  const folder = join(staged, 'web');
  mkdirSync(staged, { recursive: true });
  // It says which files have effects, and which kernels a page takes.
  copyFileSync('package.json', join(staged, 'package.json'));
  await execute(process.execPath, [
    ...[tool('tsdown/dist/run.mjs'), '--out-dir', join(staged, 'dist'), '--logLevel', 'error'],
  ]);
  await execute(process.execPath, [tool('vite/bin/vite.js'), 'build', 'web', '--outDir', folder], {
    env: { ...process.env, TFJS_BAYESIAN: join(staged, 'dist', 'index.mjs') },
  });
  const served = await serveFolder(folder);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return {
    address: served.address,
    gzipped: (ending) =>
      files
        .filter((file) => file.endsWith(ending))
        .reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0),
    close: () => {
      served.close();
      rmSync(staged, { recursive: true });
    },
  };
};

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const execute = promisify(execFile);
const tool = (path: string): string => resolve('node_modules', path);

/** The page as it ships, on a plain static server. */
export interface Site {
  readonly address: string;
  /** The gzipped bytes of all its files with this ending. */
  readonly gzipped: (ending: string) => number;
  readonly close: () => void;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};

/** Builds the package and the page on it, in a folder of their own, and serves what is in the files, no more. */
export const startSite = async (): Promise<Site> => {
  const staged = resolve('out', `web-test-${process.pid}`);
  const folder = join(staged, 'web');
  mkdirSync(staged, { recursive: true });
  await execute(process.execPath, [
    ...[tool('tsdown/dist/run.mjs'), '--out-dir', join(staged, 'dist'), '--logLevel', 'error'],
  ]);
  await execute(process.execPath, [tool('vite/bin/vite.js'), 'build', 'web', '--outDir', folder], {
    env: { ...process.env, TFJS_BAYESIAN: join(staged, 'dist', 'index.mjs') },
  });
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const file = join(folder, pathname === '/' ? 'index.html' : decodeURIComponent(pathname));
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
    response.end(readFileSync(file));
  });
  await new Promise<void>((listening) => server.listen(0, listening));
  const { port } = server.address() as AddressInfo;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return {
    address: `http://localhost:${port}/`,
    gzipped: (ending) =>
      files
        .filter((file) => file.endsWith(ending))
        .reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0),
    close: () => {
      server.close();
      rmSync(staged, { recursive: true });
    },
  };
};

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** What makes pages cross-origin isolated, which browsers ask for before memory may be shared. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** The files of a folder, served to pages that are cross-origin isolated unless asked otherwise. */
export interface Site {
  readonly address: string;
  readonly close: () => void;
}

/** Serves a folder, to isolated pages or to plain ones. */
export const isolatedSite = async (folder: string, isolated = true): Promise<Site> => {
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    // A page may ask for a policy of its own.
    const policy = searchParams.get('policy');
    const own = policy === null ? {} : { 'content-security-policy': policy };
    const headers = { ...(isolated && isolation), ...own };
    try {
      const body = await readFile(join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname));
      const type = types[extname(pathname) || '.html'] ?? 'application/octet-stream';
      response.writeHead(200, { ...headers, 'content-type': type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, listening));
  const { port } = server.address() as AddressInfo;
  return { address: `http://localhost:${port}/`, close: () => void server.close() };
};

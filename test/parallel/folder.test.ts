import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { random } from '../../src/index.ts';
import { openFolder } from '../../src/parallel/folder.ts';
import { arrayIndex, collect, inline } from '../../src/parallel/index.ts';
import { start } from '../support/backends.ts';
import * as jobs from './support/jobs.ts';
import { all, bits, values } from './support/read.ts';

const body = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
};

/** A server that keeps files in memory, and asks for a user and a signature. */
const files = new Map<string, Buffer>();
const state = { status: 200 };
const serve = async (request: IncomingMessage): Promise<readonly [number, Buffer?]> => {
  const url = new URL(request.url!, 'http://localhost');
  const bytes = await body(request);
  if (state.status !== 200) return [state.status];
  const user = `Basic ${Buffer.from('user:s3:cret é').toString('base64')}`;
  if (request.headers.authorization !== user || url.searchParams.get('signature') !== 'abc') return [401];
  const stored = files.get(url.pathname);
  if (request.method === 'PUT') files.set(url.pathname, bytes);
  else if (stored === undefined) return [404];
  else if (request.method === 'DELETE') files.delete(url.pathname);
  else return [200, stored];
  return [204];
};

let server: Server;
let address: string;
let folder: string;
beforeAll(async () => {
  await start('cpu');
  folder = mkdtempSync(join(tmpdir(), 'folder-'));
  server = createServer(async (request, response) => {
    const [status, bytes] = await serve(request);
    response.writeHead(status).end(bytes);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  address = `http://user:s3%3Acret%20%C3%A9@127.0.0.1:${port}/some/place/?signature=abc`;
});
afterEach(() => {
  state.status = 200;
  files.clear();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

const kinds = ['a path', 'a file: URL', 'an http: URL', 'the text of an http: URL'] as const;
const places = (): Readonly<Record<(typeof kinds)[number], string | URL>> => ({
  'a path': join(folder, 'made', 'here'),
  'a file: URL': pathToFileURL(join(folder, 'by URL')),
  'an http: URL': new URL(address),
  'the text of an http: URL': address,
});

describe.each(kinds)('a folder given as %s', (kind) => {
  const open = () => openFolder('parallel.collect', places()[kind]);

  it('gives back what was written last, and nothing once it is removed', async () => {
    const name = fc.stringMatching(/^[\w-][\w.-]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(name, fc.uint8Array(), fc.uint8Array(), async (name, first, second) => {
        const { read, write, remove } = open();
        await remove(name);
        expect(await read(name)).toBeUndefined();
        for (const bytes of [first, second]) {
          await write(name, bytes);
          expect([...(await read(name))!]).toEqual([...bytes]);
        }
        await remove(name);
        expect(await read(name)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  it('holds the results of an array', async () => {
    const [key, where] = [random.key(3), places()[kind]];
    const run = async (runner: ReturnType<typeof inline>) =>
      values(await all(runner.map(jobs.double, [1, 2, 3], { key }))).map(bits);
    for (const index of [0, 1]) await run(arrayIndex({ folder: where, index, count: 2 }));
    expect(await run(collect({ folder: where }))).toEqual(await run(inline()));
  });
});

describe('a folder on a server', () => {
  it('tells where a file is without what is secret', () => {
    const { place } = openFolder('parallel.collect', address);
    expect(place('1.safetensors')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/some\/place\/1\.safetensors$/);
  });

  it.each([403, 500])('rejects what the server answers with %i', async (status) => {
    const { read, write, remove } = openFolder('parallel.collect', address);
    state.status = status;
    const reason = new RegExp(
      `^parallel\\.collect: [A-Z]+ http://127\\.0\\.0\\.1:\\d+/some/place/a failed: ${status} `,
    );
    for (const done of [() => read('a'), () => write('a', new Uint8Array(3)), () => remove('a')])
      await expect(done()).rejects.toThrow(reason);
  });

  it('rejects a file that has no place', async () => {
    state.status = 404;
    const { write } = openFolder('parallel.collect', address);
    await expect(write('a', new Uint8Array(3))).rejects.toThrow(/PUT .* failed: 404 Not Found$/);
  });

  it('says why there is no answer', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => {
      closed.listen(0, '127.0.0.1', resolve);
    });
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => {
      closed.close(resolve);
    });
    const { read } = openFolder('parallel.collect', `http://user:secret@127.0.0.1:${port}/here`);
    await expect(read('a')).rejects.toThrow(
      `parallel.collect: GET http://127.0.0.1:${port}/here/a failed: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
  });
});

it.each<[unknown, string]>([
  ['', "''"],
  [3, '3'],
  [undefined, 'undefined'],
  ['ftp://127.0.0.1/here', "'ftp:'"],
  [new URL('data:,x'), "'data:'"],
  ['http://', "'http://'"],
])('refuses %j as a folder', (where, got) => {
  expect(() => openFolder('parallel.collect', where as string)).toThrow(
    `parallel.collect: folder must be a path, or a file:, http: or https: URL, got ${got}`,
  );
});

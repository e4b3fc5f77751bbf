import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { bayesian, checkpoint, linear, sequential } from 'tfjs-bayesian';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { joined, readHeader, writeSafetensors } from '../../src/checkpoint/safetensors/safetensors.ts';
import { beside } from '../../src/checkpoint/source.ts';
import { readBits } from './support/bits.ts';
import { dataFile } from './support/dataFile.ts';
import { left, right } from './support/files.ts';
import { model, optimizer, trained } from './support/models.ts';

const place = { folder: '' };
const at = (...names: readonly string[]): string => path.join(place.folder, ...names);
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  place.folder = mkdtempSync(path.join(tmpdir(), 'shards-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  rmSync(place.folder, { recursive: true });
});

const INDEX = 'model.safetensors.index.json';
const shardName = (index: number, count: number): string =>
  `model-${String(index + 1).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.safetensors`;

/** A file of some of a file's tensors. */
const part = (
  file: Uint8Array,
  has: (name: string) => boolean,
  notes?: Readonly<Record<string, string>>,
): Uint8Array => {
  const { tensors, metadata, start } = right(readHeader(file));
  const own = tensors.filter(({ name }) => has(name));
  return joined(
    writeSafetensors(
      own.map(({ name, dtype, shape, begin, end }) => ({
        ...{ name, dtype, shape },
        bytes: file.subarray(start + begin, start + end),
      })),
      notes ?? Object.fromEntries(metadata),
    ),
  );
};

/** The files of a sharded checkpoint by their names, as Hugging Face writes them. */
const sharded = (
  file: Uint8Array,
  count: number,
  shardIndex: (name: string, position: number) => number = (_, position) => position % count,
): Map<string, string | Uint8Array> => {
  const { tensors } = right(readHeader(file));
  const of = new Map(tensors.map(({ name }, position) => [name, shardIndex(name, position)]));
  const total = tensors.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const map = Object.fromEntries([...of].map(([name, shard]) => [name, shardName(shard, count)]));
  return new Map<string, string | Uint8Array>([
    [INDEX, JSON.stringify({ metadata: { total_size: total }, weight_map: map }, null, 2)],
    ...[...new Set(of.values())].map(
      (shard) => [shardName(shard, count), part(file, (name) => of.get(name) === shard)] as const,
    ),
  ]);
};

const written = (all: ReadonlyMap<string, string | Uint8Array>): string => {
  for (const [name, content] of all) writeFileSync(at(name), content);
  return at(INDEX);
};

/** An index with other entries. */
const withMap = (
  all: Map<string, string | Uint8Array>,
  change: (map: Record<string, unknown>) => unknown,
): Map<string, string | Uint8Array> => {
  const index = JSON.parse(all.get(INDEX) as string);
  return new Map(all).set(INDEX, JSON.stringify({ ...index, weight_map: change(index.weight_map) }));
};

const mlp = bayesian()(sequential(linear(784, 64), tf.relu, linear(64, 10)));
const names = { prefix: 'stack' };
const torchFile = () => dataFile('mlp.safetensors');

describe('a sharded checkpoint', () => {
  test('loads like the single file: a state of ours, whose metadata are in all shards or in the first', async () => {
    const state = trained();
    const file = right(await checkpoint.toBytes(model)(state)());
    const expected = readBits({ ...state, key: 0 });
    const { metadata } = right(readHeader(file));
    for (const count of [1, 2, 5]) {
      const all = sharded(file, count);
      if (count === 5)
        all.set(
          shardName(1, 5),
          part(all.get(shardName(1, 5)) as Uint8Array, () => true, {}),
        );
      const index = written(all);
      const loaded = right(await checkpoint.load(model, { optimizer })(index)());
      expect(readBits({ ...loaded, key: 0 })).toEqual(expected);
      expect(String(loaded.key)).toBe(String(state.key));
      expect(readBits(right(await checkpoint.load(model)(pathToFileURL(index))()))).toEqual(
        readBits(state.params),
      );
      const contents = right(await checkpoint.inspect(index)());
      const whole = right(await checkpoint.inspect(file)());
      const byName = (each: checkpoint.CheckpointContents) =>
        new Map(each.tensors.map((tensor) => [tensor.name, tensor]));
      expect(byName(contents)).toEqual(byName(whole));
      expect(contents.metadata).toEqual(
        new Map([['total_size', String(file.length - right(readHeader(file)).start)], ...metadata]),
      );
    }
  });

  test('loads however its tensors are distributed', async () => {
    const file = await torchFile();
    const expected = readBits(right(checkpoint.fromTorchBlue(mlp, names)(file)));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }), async (spread) => {
        const index = written(sharded(file, 4, (_, position) => spread[position]!));
        expect(readBits(right(await checkpoint.fromTorchBlue(mlp, names)(index)()))).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  test('loads through links, as in the Hugging Face cache', async () => {
    const file = await torchFile();
    mkdirSync(at('blobs'));
    mkdirSync(at('snapshot'));
    for (const [name, content] of sharded(file, 2)) {
      writeFileSync(at('blobs', `x${name}`), content);
      symlinkSync(`../blobs/x${name}`, at('snapshot', name));
    }
    right(await checkpoint.fromTorchBlue(mlp, names)(at('snapshot', INDEX))());
  });

  test('loads from a URL, with any query', async () => {
    const all = sharded(await torchFile(), 3);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(String(request.url));
      const content = all.get(String(request.url).replace(/^\/a%20b\/|\?.*$/g, ''));
      response.statusCode = content === undefined ? 404 : 200;
      response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a%20b/${INDEX}`;
      for (const source of [address, new URL(address), `${address}?download=true#x/y`]) {
        right(await checkpoint.fromTorchBlue(mlp, names)(source)());
      }
      expect(asked.slice(0, 4)).toEqual(
        [INDEX, ...[0, 1, 2].map((i) => shardName(i, 3))].map((x) => `/a%20b/${x}`),
      );
      all.delete(shardName(1, 3));
      const error = left(await checkpoint.inspect(address)());
      expect(error).toMatchObject({ _tag: 'Unreadable', source: address.replace(INDEX, shardName(1, 3)) });
      expect(error.message).toContain(`the shard '${shardName(1, 3)}': `);
      expect(error.message).toContain('HTTP 404 Not Found');
    } finally {
      server.close();
    }
  });

  test('in a browser is resolved against the URL of the page', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    const all = sharded(await torchFile(), 2);
    vi.stubGlobal(
      'fetch',
      async (address: string) =>
        new Response(all.get(address.replace('models/', '')) as Uint8Array<ArrayBuffer>),
    );
    right(await checkpoint.fromTorchBlue(mlp, names)(`models/${INDEX}`)());
  });

  test('inspect reads only its headers, and closes every file', async () => {
    const handles: files.FileHandle[] = [];
    const read: number[] = [];
    const { open } = files;
    vi.spyOn(files, 'open').mockImplementation(async (...args) => {
      const handle = await open(...args);
      handles.push(handle);
      const original = handle.read as (...args: unknown[]) => Promise<{ bytesRead: number }>;
      return Object.assign(handle, {
        read: async (...given: unknown[]) => {
          const result = await original.apply(handle, given);
          read.push(result.bytesRead);
          return result;
        },
      });
    });
    const all = sharded(await torchFile(), 4);
    right(await checkpoint.inspect(written(all))());
    expect(handles).toHaveLength(5);
    expect(read.reduce((sum, each) => sum + each, 0)).toBeLessThan(20_000);
    all.set(shardName(2, 4), 'x');
    left(await checkpoint.inspect(written(all))());
    left(await checkpoint.load(model)(written(sharded(await torchFile(), 4)))());
    expect(handles.map(({ fd }) => fd)).toEqual(handles.map(() => -1));
  });

  test('is rejected for another model, by the content of its shards', async () => {
    const index = written(sharded(await torchFile(), 2));
    const other = bayesian()(sequential(linear(784, 32), tf.relu, linear(32, 10)));
    expect(left(await checkpoint.fromTorchBlue(other, names)(index)()).message).toContain(
      'shape [64, 784] in the file, [32, 784] expected',
    );
    expect(left(await checkpoint.load(mlp)(index)()).message).toContain(
      'use fromTorchBlue for PyTorch files',
    );
  });
});

describe('an incomplete sharded checkpoint', () => {
  type Files = Map<string, string | Uint8Array>;
  const first = 'stack.0._weight_mean';
  const [one, two] = [shardName(0, 2), shardName(1, 2)];
  const escapes = [
    '../x.safetensors',
    '/etc/passwd',
    'sub/x.safetensors',
    '..',
    '.',
    '',
    '..\\x.safetensors',
    'C:x.safetensors',
    'http://127.0.0.1/x',
    'x\0.safetensors',
    '\ud800',
  ];

  test.each<[what: string, change: (all: Files, file: Uint8Array) => Files, message: string]>([
    [
      'a shard is missing',
      (all) => new Map([...all].filter(([name]) => name !== two)),
      `the shard '${two}': `,
    ],
    [
      'a shard is cut short',
      (all) => all.set(two, (all.get(two) as Uint8Array).slice(0, -1)),
      `the shard '${two}': tensor '`,
    ],
    [
      'a shard is a pointer',
      (all) => all.set(two, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
      `the shard '${two}': this is a Git LFS pointer`,
    ],
    [
      'a shard is an index',
      (all) => all.set(two, all.get(INDEX)!),
      `the shard '${two}': this is the index of a sharded checkpoint`,
    ],
    [
      'a tensor is missing from its shard',
      (all) =>
        all.set(
          one,
          part(all.get(one) as Uint8Array, (name) => name !== first),
        ),
      `tensor '${first}': it is not in its shard '${one}'`,
    ],
    [
      'a tensor is in another shard',
      (all) => withMap(all, (map) => ({ ...map, [first]: two })),
      `tensor '${first}': it is not in its shard '${two}', but in '${one}'`,
    ],
    [
      'a tensor is in two shards',
      (all, file) => {
        const { tensors } = right(readHeader(all.get(two) as Uint8Array));
        const held = new Set([first, ...tensors.map(({ name }) => name)]);
        return all.set(
          two,
          part(file, (name) => held.has(name)),
        );
      },
      `tensor '${first}': it is in two shards, '${one}' and '${two}'`,
    ],
    [
      'a tensor is not in the index',
      (all) => withMap(all, ({ [first]: _, ...map }) => map),
      `tensor '${first}': it is in the shard '${one}', but not in the index`,
    ],
    [
      'a name is twice in the index',
      (all) =>
        all.set(
          INDEX,
          (all.get(INDEX) as string).replace('"weight_map": {', `"weight_map": {"${first}": "${two}",`),
        ),
      `tensor '${first}': the weight_map has the name twice`,
    ],
    ['the weight_map is a list', (all) => withMap(all, () => []), 'the weight_map of the index must map'],
    ['the weight_map is null', (all) => withMap(all, () => null), 'the weight_map of the index must map'],
    [
      'a shard is no name',
      (all) => withMap(all, (map) => ({ ...map, [first]: 3 })),
      `tensor '${first}': the weight_map must give the name of a file`,
    ],
    [
      'the index is cut short',
      (all) => all.set(INDEX, (all.get(INDEX) as string).slice(0, -4)),
      'the index is not JSON: expected',
    ],
    ...escapes.map((name): [string, (all: Files) => Files, string] => [
      `a shard is called ${JSON.stringify(name)}`,
      (all) => withMap(all, (map) => ({ ...map, [first]: name })),
      `tensor '${first}': the weight_map must give the name of a file beside the index, not '`,
    ]),
  ])('is refused by name: %s', async (_, change, message) => {
    const file = await torchFile();
    const index = written(change(sharded(file, 2), file));
    const errors = [
      left(await checkpoint.inspect(index)()),
      left(await checkpoint.load(model)(index)()),
      left(await checkpoint.fromTorchBlue(mlp, names)(index)()),
    ];
    for (const error of errors) {
      expect(error.message).toContain(message);
      expect(['InvalidFile', 'Unreadable']).toContain(error._tag);
    }
  });

  test('is rejected if its shards are of two checkpoints', async () => {
    const [one, other] = [bayesian()(linear(3, 4)), bayesian()(linear(3, 5))];
    const zeros = (outputs: number) => {
      const of = (shape: number[]) => ({ mean: tf.zeros(shape), logStd: tf.zeros(shape) });
      return { weight: of([3, outputs]), bias: of([outputs]) };
    };
    const all = sharded(right(await checkpoint.toBytes(one)(zeros(4))()), 2);
    const others = sharded(right(await checkpoint.toBytes(other)(zeros(5))()), 2);
    all.set(
      shardName(1, 2),
      part(others.get(shardName(1, 2)) as Uint8Array, () => true, { structure: '{}' }),
    );
    expect(left(await checkpoint.load(one)(written(all))()).message).toBe(
      `the shard '${shardName(1, 2)}' differs from earlier ones in 'structure'`,
    );
  });

  test('is reported if its shards cannot be found: from bytes and from a File', async () => {
    const text = sharded(await torchFile(), 2).get(INDEX) as string;
    const bytes = new TextEncoder().encode(text);
    for (const source of [
      bytes,
      new File([text], INDEX),
      `data:application/json,${encodeURIComponent(text)}`,
    ]) {
      expect(left(await checkpoint.load(model)(source)()).message).toContain(
        'this is the index of a sharded checkpoint, not a safetensors file: pass its path or URL instead',
      );
    }
    expect(left(checkpoint.fromTorchBlue(mlp)(bytes)).message).toContain('the index of a sharded checkpoint');
  });
});

test.each<[checkpoint.Source, string | undefined]>([
  ['a.index.json', 'x y'],
  ['../m/a.index.json', '../m/x y'],
  ['/m/a.index.json', '/m/x y'],
  ['https://h/m/a.index.json', 'https://h/m/x%20y'],
  ['https://h/m/a.index.json?token=a/b#c', 'https://h/m/x%20y'],
  [new URL('https://h/m/a.index.json?token=a/b'), 'https://h/m/x%20y'],
  [new URL('file:///m%20n/a.index.json'), 'file:///m%20n/x%20y'],
  ['data:application/json,{}', undefined],
  ['blob:nodedata:1', undefined],
  [new Uint8Array(), undefined],
])('beside %s is %s', (source, expected) => {
  expect(beside(source, 'x y')?.toString()).toBe(expected);
});

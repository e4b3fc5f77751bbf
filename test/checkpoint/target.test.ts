import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { checkpoint, random } from 'tfjs-bayesian';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { left, right } from './support/files.ts';
import { model } from './support/models.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const place = { folder: '', file: '' };
beforeEach(() => {
  place.folder = mkdtempSync(path.join(tmpdir(), 'checkpoint-'));
  place.file = path.join(place.folder, 'net.safetensors');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  rmSync(place.folder, { recursive: true });
});

const drawParams = (seed: number) => model.init(random.key(seed));
const saved = (target: checkpoint.Target, seed: number) => checkpoint.save(model)(target)(drawParams(seed))();
const storedBytes = async (seed: number) => right(await checkpoint.toBytes(model)(drawParams(seed))());
const inFolder = () => readdirSync(place.folder).sort();

describe('a file', () => {
  test('is replaced atomically, and nothing is left beside it', async () => {
    right(await saved(place.file, 0));
    right(await saved(pathToFileURL(place.file), 1));
    expect(new Uint8Array(readFileSync(place.file))).toEqual(await storedBytes(1));
    expect(inFolder()).toEqual(['net.safetensors']);
  });

  test('that is a link is replaced where it points to', async () => {
    right(await saved(place.file, 0));
    const link = path.join(place.folder, 'latest');
    symlinkSync(place.file, link);
    right(await saved(link, 1));
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(new Uint8Array(readFileSync(place.file))).toEqual(await storedBytes(1));
  });

  test('is saved by many at once, and holds one of the results', async () => {
    const seeds = [0, 1, 2, 3, 4, 5];
    for (const result of await Promise.all(seeds.map((seed) => saved(place.file, seed)))) right(result);
    const all = await Promise.all(seeds.map(storedBytes));
    expect(all).toContainEqual(new Uint8Array(readFileSync(place.file)));
    expect(inFolder()).toEqual(['net.safetensors']);
  });

  test('is written beside the old one, and synced before it takes its place', async () => {
    right(await saved(place.file, 0));
    const old = await storedBytes(0);
    const steps: string[] = [];
    const { open, rename } = files;
    vi.spyOn(files, 'open').mockImplementation(async (...args) => {
      const handle = await open(...args);
      if (args[1] !== 'wx') return handle;
      expect(path.dirname(String(args[0]))).toBe(await files.realpath(place.folder));
      const { sync } = handle;
      handle.sync = async () => {
        steps.push('sync');
        expect(new Uint8Array(readFileSync(place.file))).toEqual(old);
        await sync.call(handle);
      };
      return handle;
    });
    vi.spyOn(files, 'rename').mockImplementation(async (from, to) => {
      steps.push('rename');
      expect(new Uint8Array(readFileSync(from as string))).toEqual(await storedBytes(1));
      await rename(from, to);
    });
    right(await saved(place.file, 1));
    expect(steps).toEqual(['sync', 'rename']);
  });

  test.each(['writeFile', 'sync', 'rename'] as const)('is the old one if %s fails', async (step) => {
    right(await saved(place.file, 0));
    const fail = async () => {
      throw new Error('no space left on device');
    };
    const { open } = files;
    if (step === 'rename') vi.spyOn(files, 'rename').mockImplementation(fail);
    else {
      vi.spyOn(files, 'open').mockImplementation(async (...args) => {
        const handle = await open(...args);
        // The second of its parts.
        const { writeFile } = handle;
        let calls = 0;
        const second = async (...data: Parameters<typeof writeFile>) => {
          calls += 1;
          return calls === 2 ? fail() : writeFile.apply(handle, data);
        };
        return Object.assign(handle, step === 'sync' ? { sync: fail } : { writeFile: second });
      });
    }
    const error = left(await saved(place.file, 1));
    expect(error).toMatchObject({ _tag: 'Unwritable', target: place.file });
    expect(error.message).toContain('no space left on device');
    vi.restoreAllMocks();
    expect(new Uint8Array(readFileSync(place.file))).toEqual(await storedBytes(0));
    expect(inFolder()).toEqual(['net.safetensors']);
  });

  test('in a missing folder, or that is a folder, cannot be written', async () => {
    const nowhere = path.join(place.folder, 'none', 'x');
    expect(left(await saved(nowhere, 0))).toMatchObject({ _tag: 'Unwritable', target: nowhere });
    expect(left(await saved(place.folder, 0))._tag).toBe('Unwritable');
    expect(existsSync(nowhere)).toBe(false);
    expect(inFolder()).toEqual([]);
  });

  test('is not touched if there is nothing to write', async () => {
    right(await saved(place.file, 0));
    const params = drawParams(1);
    const bad = { ...params, 3: { 'a.b': { value: tf.tensor1d([1, Number.NaN]) } } };
    expect(left(await checkpoint.save(model)(place.file)(bad)())._tag).toBe('Mismatched');
    expect(new Uint8Array(readFileSync(place.file))).toEqual(await storedBytes(0));
  });
});

describe('in a browser', () => {
  beforeEach(() => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  });

  test('a name is that of a download', async () => {
    const made: Blob[] = [];
    const clicked: object[] = [];
    vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
      made.push(blob as Blob);
      return 'blob:1';
    });
    vi.stubGlobal('document', {
      createElement: () => ({
        click() {
          clicked.push({ ...this });
        },
      }),
    });
    right(await saved('net.safetensors', 3));
    expect(clicked).toMatchObject([{ href: 'blob:1', download: 'net.safetensors' }]);
    expect(new Uint8Array(await (made[0] as Blob).arrayBuffer())).toEqual(await storedBytes(3));
    expect(existsSync('net.safetensors')).toBe(false);
  });

  test('a name to load from is a URL', async () => {
    const bytes = await storedBytes(4);
    const fetched: unknown[] = [];
    vi.stubGlobal('fetch', async (address: unknown) => {
      fetched.push(address);
      return new Response(bytes as Uint8Array<ArrayBuffer>);
    });
    right(await checkpoint.load(model)('models/net.safetensors')());
    expect(fetched).toEqual(['models/net.safetensors']);
  });

  test("the handle of somebody's file is written through", async () => {
    const written: Uint8Array[] = [];
    const state = { closed: false };
    const handle: checkpoint.FileHandle = {
      name: 'mine.safetensors',
      createWritable: async () => ({
        write: async (blob) => {
          written.push(new Uint8Array(await blob.arrayBuffer()));
        },
        close: async () => {
          state.closed = true;
        },
      }),
    };
    right(await saved(handle, 5));
    expect(written).toEqual([await storedBytes(5)]);
    expect(state.closed).toBe(true);
    const refused = { ...handle, createWritable: () => Promise.reject(new Error('not allowed')) };
    expect(left(await saved(refused, 5))).toMatchObject({
      _tag: 'Unwritable',
      message: 'mine.safetensors cannot be written: not allowed',
    });
  });
});

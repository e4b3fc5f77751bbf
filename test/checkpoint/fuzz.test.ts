import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import {
  bayesian,
  checkpoint,
  linear,
  random,
  sequential,
  transformerEncoderLayer,
  tree,
} from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { tensorName } from '../../src/checkpoint/treeDefinition.ts';
import { dataFile } from './support/dataFile.ts';
import { right } from './support/files.ts';
import { model, optimizer, step } from './support/models.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A small generator of integers below a limit (mulberry32), the same on every run. */
const numbers = (seed: number) => {
  let state = seed;
  return (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
};

type Below = (limit: number) => number;

/** What is put in the place of other text in a header. */
const fragments = [
  '0',
  '-1',
  '9',
  '1e9',
  '9007199254740992',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  ':',
  ' ',
  'null',
  '__proto__',
  'F16',
  'I64',
];

const headerLength = (file: Uint8Array): number =>
  Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));

const splice = (file: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array => {
  const result = new Uint8Array(file.length - removed + added.length);
  result.set(file.subarray(0, at));
  result.set(added, at);
  result.set(file.subarray(at + removed), at + added.length);
  return result;
};

/** Ways to spoil a file: bits, bytes, text of the header, its length, its end. */
const mutations: readonly ((file: Uint8Array, below: Below) => Uint8Array)[] = [
  (file, below) => {
    const at = below(file.length);
    return splice(file, at, 1, Uint8Array.of((file[at] as number) ^ (1 << below(8))));
  },
  (file, below) => {
    const at = 8 + below(headerLength(file));
    return splice(file, at, 1, Uint8Array.of((file[at] as number) ^ (1 << below(8))));
  },
  (file, below) => splice(file, 8 + below(headerLength(file)), 1, Uint8Array.of(0x20 + below(0x60))),
  (file, below) => {
    // The length changes with the text, so that what is said is read.
    const added = new TextEncoder().encode(fragments[below(fragments.length)] as string);
    const removed = below(4);
    const length = headerLength(file) + added.length - removed;
    const changed = splice(file, 8 + below(headerLength(file) - removed), removed, added);
    new DataView(changed.buffer).setBigUint64(0, BigInt(length), true);
    return changed;
  },
  (file, below) => {
    const text = new TextDecoder().decode(file.subarray(8, 8 + headerLength(file)));
    const found = [...text.matchAll(/\d+/g)];
    const number = found[below(found.length)] as RegExpMatchArray;
    const other = String(below(2) === 0 ? below(500_000) : Number(number[0]) + below(9) - 4);
    const changed = splice(file, 8 + number.index!, number[0].length, new TextEncoder().encode(other));
    new DataView(changed.buffer).setBigUint64(
      0,
      BigInt(headerLength(file) + other.length - number[0].length),
      true,
    );
    return changed;
  },
  (file, below) => {
    const changed = file.slice();
    new DataView(changed.buffer).setBigUint64(
      0,
      BigInt(headerLength(file) + below(2000) - 1000) & (2n ** 64n - 1n),
      true,
    );
    return changed;
  },
  (file, below) => file.slice(0, below(file.length)),
  (file, below) => splice(file, file.length, 0, new Uint8Array(1 + below(64))),
  (file, below) => {
    const at = 8 + headerLength(file) + 4 * below((file.length - 8 - headerLength(file)) / 4);
    return splice(file, at, 4, Uint8Array.of(0, 0, 0xc0, 0x7f));
  },
];

type Contents = ReadonlyMap<string, string>;

const bitsIn = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** What a file says, read as simply as can be: with `JSON.parse`, every tensor's bytes by its name. */
const plainly = (file: Uint8Array): Contents => {
  const start = 8 + headerLength(file);
  const { __metadata__, ...tensors } = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
  return new Map(
    Object.entries(tensors as Record<string, { dtype: string; data_offsets: [number, number] }>).map(
      ([
        name,
        {
          dtype,
          data_offsets: [begin, end],
        },
      ]) => {
        if (dtype !== 'F32') throw new Error(`${name} has the dtype ${dtype}`);
        return [name, bitsIn(file.subarray(start + begin, start + end))];
      },
    ),
  );
};

interface Target {
  readonly file: () => Uint8Array | Promise<Uint8Array>;
  readonly load: (file: Uint8Array) => Promise<E.Either<checkpoint.CheckpointError, unknown>>;
  /** What was loaded, under the names that the file has for it. */
  readonly contents: (loaded: unknown) => Promise<Contents>;
  readonly count: number;
}

const mlp = bayesian()(sequential(linear(784, 64), tf.relu, linear(64, 10)));
const encoder = bayesian()(transformerEncoderLayer(16, 4, { dimFeedforward: 32 }));
const names = { prefix: 'stack' };
const ours = { state: new Uint8Array() as Uint8Array };
const targets: Readonly<Record<string, Target>> = {
  'a state dictionary of torch_blue': {
    file: () => dataFile('mlp.safetensors'),
    load: async (file) => checkpoint.fromTorchBlue(mlp, names)(file),
    contents: async (loaded) => plainly(right(await checkpoint.toTorchBlue(mlp, names)(loaded as never)())),
    count: 500,
  },
  "an encoder layer of torch_blue's": {
    file: () => dataFile('encoder-layer.safetensors'),
    load: async (file) => checkpoint.fromTorchBlue(encoder)(file),
    contents: async (loaded) => plainly(right(await checkpoint.toTorchBlue(encoder)(loaded as never)())),
    count: 3500,
  },
  'a state of training': {
    file: () => ours.state,
    load: (file) => checkpoint.load(model, { optimizer })(file)(),
    contents: async (loaded) =>
      new Map(
        tree.entries(loaded).map(({ path, tensor }) => {
          const { buffer, byteOffset, byteLength } = tensor.dataSync();
          return [tensorName(path), bitsIn(new Uint8Array(buffer, byteOffset, byteLength))];
        }),
      ),
    count: 6000,
  },
};

beforeAll(async () => {
  await tf.setBackend('cpu');
  const params = model.init(random.key(0));
  ours.state = right(await checkpoint.toBytes(model)(step.init(params, random.key(1)))());
});

const tags = ['InvalidFile', 'Mismatched'];

describe.each(Object.entries(targets))('mutations of %s', (_, { file, load, contents, count }) => {
  test('are rejected by name or load correctly, and leak nothing', async () => {
    const whole = await file();
    const below = numbers(20_261_123);
    const before = tf.memory();
    const seen = { loaded: 0, refused: 0 };
    const memory = { at: 0 };
    // Buffers are given back by another thread after the collection that found them free: the least of some counts.
    const used = async (): Promise<number> => {
      const counts: number[] = [];
      for (let round = 0; round < 5; round++) {
        collect();
        await setImmediate();
        const { heapUsed, external } = process.memoryUsage();
        counts.push(heapUsed + external);
      }
      return Math.min(...counts);
    };
    for (let run = 0; run < count; run++) {
      if (run === count / 2) memory.at = await used();
      const mutation = mutations[run % mutations.length] as (typeof mutations)[number];
      const mutated = mutation(whole, below);
      const result = await load(mutated);
      if (E.isLeft(result)) {
        seen.refused += 1;
        expect(tags).toContain(result.left._tag);
        expect(result.left.message.length).toBeGreaterThan(0);
      } else {
        seen.loaded += 1;
        expect(await contents(result.right)).toEqual(plainly(mutated));
        tree.dispose(result.right);
      }
    }
    expect(seen.loaded).toBeGreaterThan(count / 20);
    expect(seen.refused).toBeGreaterThan(count / 2);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
    expect(((await used()) - memory.at) / 2 ** 20).toBeLessThan(8);
  });
});

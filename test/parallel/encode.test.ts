import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { random, tree } from '../../src/index.ts';
import {
  buffersIn,
  decode,
  duplicate,
  type Encoded,
  encode,
  encodePlain,
  sharedTensor,
} from '../../src/parallel/encode.ts';
import { packed, unpacked } from '../../src/parallel/packed.ts';
import { isKey } from '../../src/random/key.ts';
import { describeOnBackends } from '../support/backends.ts';

const throughBytes = (encoded: Encoded): Encoded => {
  // Off the alignment, as in a larger buffer.
  const bytes = packed(encoded);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  const read = unpacked(shifted.subarray(1));
  if (E.isLeft(read)) throw new Error(read.left);
  return read.right.encoded;
};

const number = fc.double();

const leaf = fc.oneof(
  ...[number, fc.integer(), fc.string({ unit: 'grapheme' }), fc.boolean(), fc.bigInt()],
  fc.constantFrom(null, undefined, Number.NaN, -0, Number.NEGATIVE_INFINITY, 'number 3', ''),
  ...[fc.float32Array(), fc.float64Array(), fc.uint8Array(), fc.int16Array(), fc.bigInt64Array()],
  fc.array(number, { minLength: 16, maxLength: 20 }),
);

const value = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      tie('node'),
      { noNullPrototype: true },
    ),
  ),
})).node;

describe('an encoded value', () => {
  it('is decoded to the same plain data, also from bytes', async () => {
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        const encoded = await encode('value', given);
        expect(decode(encoded)).toStrictEqual(given);
        expect(decode(throughBytes(encoded))).toStrictEqual(given);
        expect(encodePlain('value', given)).toEqual(encoded);
      }),
    );
  });

  it('has its keys', async () => {
    const given = { a: [random.key(7), random.foldIn(random.key(2 ** 50), 3)] };
    const { a } = decode<typeof given>(throughBytes(await encode('value', given)));
    expect(a.every(isKey)).toBe(true);
    expect(a.map(random.keyData)).toEqual(given.a.map(random.keyData));
  });

  it('copies what is a view, and no more', async () => {
    const memory = new Float32Array(1000).fill(3);
    const encoded = await encode('value', memory.subarray(10, 13));
    memory.fill(4);
    expect(encoded.arrays[0]!.bytes.buffer.byteLength).toBe(12);
    expect(decode(encoded)).toEqual(new Float32Array([3, 3, 3]));
    expect(decode(await encode('value', Buffer.from('ab')))).toEqual(new Uint8Array([97, 98]));
  });

  it('leaves arrays where they are that threads share, and copies them into bytes', async () => {
    const memory = new Int16Array(new SharedArrayBuffer(20)).fill(3);
    const own = new Int16Array([1]);
    const encoded = await encode('value', { shared: memory.subarray(2, 5), own });
    expect(buffersIn([encoded])).toEqual([encoded.arrays[1]!.bytes.buffer]);
    const apart = decode<{ shared: Int16Array }>(throughBytes(encoded));
    const { shared } = decode<{ shared: Int16Array }>(encoded);
    memory[3] = 4;
    expect([...shared]).toEqual([3, 4, 3]);
    shared[0] = 5;
    expect(memory[2]).toBe(5);
    expect(apart.shared).toEqual(new Int16Array([3, 3, 3]));
  });

  it.each<[string, unknown, string]>([
    [
      'a function',
      { rate: () => 1 },
      "config.rate must be plain data, a typed array, a tensor or a key, got a function 'rate'",
    ],
    [
      'a class',
      [1, new Map()],
      'config.1 must be plain data, a typed array, a tensor or a key, got a Map of 0',
    ],
    [
      'a promise',
      Promise.resolve(1),
      'config must be plain data, a typed array, a tensor or a key, got a Promise (is an await missing?)',
    ],
    ['a symbol', Symbol('s'), 'config must be plain data, a typed array, a tensor or a key, got Symbol(s)'],
    ['a reserved name', JSON.parse('{"a":{"__proto__":1}}'), 'config.a must be without the name __proto__'],
  ])('is refused with %s in it', async (_, given, message) => {
    await expect(encode('config', given)).rejects.toThrow(message);
  });

  it('is refused with a cycle, and not with a part that occurs twice', async () => {
    const a: { b?: unknown } = {};
    a.b = [a];
    await expect(encode('config', a)).rejects.toThrow('config.b.0 must be free of cycles');
    const part = { x: 1 };
    expect(decode(await encode('config', [part, part]))).toEqual([part, part]);
  });

  it.each<[string, (encoded: Encoded) => Encoded]>([
    ['no structure', (encoded) => ({ ...encoded, structure: '{' })],
    ['a leaf that is not text', (encoded) => ({ ...encoded, structure: '{"a":3}' })],
    ['an unknown leaf', (encoded) => ({ ...encoded, structure: '{"a":"date 3"}' })],
    ['a key of one word', (encoded) => ({ ...encoded, structure: '{"a":"key 3"}' })],
    ['an array of another kind', (encoded) => ({ ...encoded, structure: '{"b":"array Uint16Array"}' })],
    ['no array', (encoded) => ({ ...encoded, arrays: encoded.arrays.slice(0, 1) })],
    [
      'an array of another size',
      ({ structure, arrays: [a, b] }) => ({ structure, arrays: [a!, { ...b!, shape: [5] }] }),
    ],
  ])('that is damaged, with %s, throws and leaves no tensor', async (_, damage) => {
    await tf.setBackend('cpu');
    const [a, b] = [tf.ones([2]), tf.ones([3])];
    const encoded = damage(await encode('value', { a, b }));
    tree.dispose([a, b]);
    const before = tf.memory().numTensors;
    expect(() => decode(encoded)).toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('that is damaged as bytes is refused', async () => {
    const bytes = packed(await encode('value', { a: new Float32Array(3) }));
    expect(E.isLeft(unpacked(bytes.subarray(0, bytes.length - 1)))).toBe(true);
    expect(E.isLeft(unpacked(new Uint8Array(4)))).toBe(true);
    expect(unpacked(packed({ structure: 'x', arrays: [] }, {}))).toMatchObject({ _tag: 'Right' });
  });
});

describeOnBackends('tensors in an encoded value', () => {
  it('keep values, shape and dtype, and only they are new', async () => {
    const given = tf.tidy(() => ({
      floats: tf.tensor2d([[Number.NaN, -0, Number.POSITIVE_INFINITY]]),
      ints: tf.tensor1d([-1, 2 ** 31 - 1], 'int32'),
      bools: tf.tensor1d([true, false], 'bool'),
      scalar: tf.scalar(0.1),
      empty: tf.zeros([0, 3]),
    }));
    const before = tf.memory().numTensors;
    const encoded = await encode('value', given);
    expect(tf.memory().numTensors).toBe(before);
    const decoded = decode<typeof given>(throughBytes(encoded));
    expect(tf.memory().numTensors).toBe(before + 5);
    for (const name of Object.keys(given) as (keyof typeof given)[]) {
      expect([decoded[name].shape, decoded[name].dtype]).toEqual([given[name].shape, given[name].dtype]);
      expect(decoded[name].dataSync()).toEqual(given[name].dataSync());
    }
    tree.dispose([given, decoded]);
  });

  it('are not the memory that the backend keeps', async () => {
    const x = tf.tensor1d([1, 2]);
    const first = await encode('value', x);
    expect(first.arrays[0]!.bytes.buffer.byteLength).toBe(8);
    first.arrays[0]!.bytes.fill(0);
    expect([...x.dataSync()]).toEqual([1, 2]);
    const second = await encode('value', x);
    const decoded = decode<tf.Tensor>(duplicate(second));
    second.arrays[0]!.bytes.fill(0);
    expect([...decoded.dataSync()]).toEqual([1, 2]);
    tree.dispose([x, decoded]);
  });

  it('may come from memory that threads share, and are copies of it', async () => {
    const memory = new SharedArrayBuffer(64);
    const [x, y] = [tf.zeros([2, 1]), tf.tensor1d([1, 2], 'int32')];
    const values = { x: new Float32Array(memory, 16, 2).fill(0.5), y: new Int32Array(memory, 32, 2).fill(7) };
    const given = { x: sharedTensor(x, values.x), list: [sharedTensor(y, values.y)] };
    const decoded = decode<typeof given>(await encode('value', given));
    values.x.fill(0);
    expect([decoded.x.shape, [...decoded.x.dataSync()]]).toEqual([
      [2, 1],
      [0.5, 0.5],
    ]);
    expect([decoded.list[0]!.dtype, [...decoded.list[0]!.dataSync()]]).toEqual(['int32', [7, 7]]);
    tree.dispose([x, y, decoded]);
  });

  it('must be live, of a dtype with bytes, and in a place for tensors', async () => {
    const [gone, strings] = [tf.scalar(1), tf.tensor1d(['a'])];
    gone.dispose();
    await expect(encode('config', { gone })).rejects.toThrow(
      'config.gone must be a tensor of float32, int32 or bool that is not disposed, got a disposed float32 tensor',
    );
    await expect(encode('config', [strings])).rejects.toThrow('config.0 must be a tensor of float32');
    const x = tf.scalar(1);
    expect(() => encodePlain('progress', { x })).toThrow('progress must be without tensors');
    tree.dispose([strings, x]);
  });
});

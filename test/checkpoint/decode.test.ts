import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { bayesian, checkpoint, deterministic, linear } from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { dataIn } from '../../src/checkpoint/contents.ts';
import { readHeader } from '../../src/checkpoint/safetensors/safetensors.ts';
import { encodeFloats, readTensors } from '../../src/checkpoint/safetensors/values.ts';
import { left, makeFile, right } from './support/files.ts';

beforeAll(() => tf.setBackend('cpu'));

interface Stored {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A file of tensors in the order given, nothing between them. */
const fileWith = (tensors: readonly Stored[]): Uint8Array => {
  let filled = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    const begin = filled;
    filled += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, filled] }];
  });
  return makeFile(
    JSON.stringify(Object.fromEntries(entries)),
    tensors.flatMap(({ bytes }) => [...bytes]),
  );
};

const f32 = (...values: readonly number[]): Uint8Array => encodeFloats('F32')(Float32Array.from(values));

describe('readTensors', () => {
  test('reads values at any offset', () => {
    // Halves of small integers, which every float type holds.
    const values = fc.array(
      fc.integer({ min: -8, max: 8 }).map((x) => x / 2),
      { maxLength: 5 },
    );
    const kinds = fc.constantFrom('F32', 'F16', 'BF16', 'I32', 'BOOL');
    const tensors = fc.array(fc.tuple(kinds, values), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(tensors, fc.nat(7), (given, shift) => {
        const kept = given.map(([dtype, numbers], index) => {
          const [stored, expected] =
            dtype === 'I32'
              ? [Int32Array.from(numbers, (x) => x * 2), numbers.map((x) => x * 2)]
              : dtype === 'BOOL'
                ? [Uint8Array.from(numbers, (x) => (x > 0 ? 1 : 0)), numbers.map((x) => (x > 0 ? 1 : 0))]
                : [encodeFloats(dtype as 'F32')(Float32Array.from(numbers)), numbers];
          const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
          return { name: String(index), dtype, shape: [numbers.length], bytes, expected };
        });
        // A file that itself begins anywhere in memory.
        const whole = fileWith(kept);
        const file = new Uint8Array(whole.length + shift).subarray(shift);
        file.set(whole);
        const header = right(readHeader(file));
        const wanted = kept.map(({ name, dtype, shape }) => ({
          ...{ path: name, name, shape, finite: true },
          dtype: dtype === 'I32' ? 'int32' : dtype === 'BOOL' ? 'bool' : 'float32',
        }));
        const loaded = right(readTensors(wanted, header.tensors)(dataIn(header, file)));
        for (const { name, expected } of kept) {
          expect(Array.from(loaded.get(name)!.values, (x) => x + 0)).toEqual(expected.map((x) => x + 0));
        }
      }),
    );
  });
});

describe('a file of PyTorch', () => {
  const model = bayesian()(deterministic(linear(1, 2)));
  const mask: Stored = { name: 'mask', dtype: 'BOOL', shape: [1], bytes: Uint8Array.of(1) };
  const weight: Stored = { name: 'weight', dtype: 'F32', shape: [2, 1], bytes: f32(1, -2) };
  const bias: Stored = { name: 'bias', dtype: 'F32', shape: [2], bytes: f32(0.5, 3) };
  const open = checkpoint.fromTorchBlue(model, { ignore: (name) => name === 'mask' });

  test('opens with a BOOL before an F32', async () => {
    const file = fileWith([mask, weight, bias]);
    for (const params of [
      right(open(file)),
      right(await open(new Blob([file as Uint8Array<ArrayBuffer>]))()),
    ]) {
      expect([...params.weight.value.dataSync()]).toEqual([1, -2]);
      expect([...params.bias.value.dataSync()]).toEqual([0.5, 3]);
    }
    expect(right(await checkpoint.inspect(file)()).tensors.map(({ name }) => name)).toEqual([
      ...['mask', 'weight', 'bias'],
    ]);
  });

  test.each(['U8', 'I16', 'F8_E5M2', 'I64', 'F64', 'C64', 'F4'])(
    'opens with a tensor of %s that is ignored',
    (dtype) => {
      const size = { U8: 1, I16: 2, F8_E5M2: 1, I64: 8, F64: 8, C64: 8, F4: 1 }[dtype] ?? 0;
      const shape = dtype === 'F4' ? [2] : [1];
      const odd: Stored = { name: 'mask', dtype, shape, bytes: new Uint8Array(size).fill(255) };
      for (const order of [
        [odd, weight, bias],
        [weight, odd, bias],
        [bias, weight, odd],
      ]) {
        expect([...right(open(fileWith(order))).weight.value.dataSync()]).toEqual([1, -2]);
      }
    },
  );

  test.each([
    ['F64', 8, ' (F64 would be rounded: convert it in Python with .float())'],
    ['I8', 1, ''],
    ['I64', 8, ''],
    ['F8_E4M3', 1, ''],
  ])('whose weight is of %s is refused by name', (dtype, size, advice) => {
    const other: Stored = { name: 'weight', dtype, shape: [2, 1], bytes: new Uint8Array(2 * size) };
    expect(left(open(fileWith([other, bias]))).message).toBe(
      `'weight.value': dtype ${dtype} in the file, F32, F16, BF16 expected${advice}`,
    );
  });

  test('of scalars and of tensors without elements opens', async () => {
    const file = fileWith([
      { name: 'scalar', dtype: 'F32', shape: [], bytes: f32(1) },
      { name: 'none', dtype: 'F32', shape: [0, 3], bytes: f32() },
      { name: 'last', dtype: 'F16', shape: [3, 0], bytes: f32() },
    ]);
    expect(right(await checkpoint.inspect(file)()).tensors.map(({ shape }) => shape)).toEqual([
      [],
      [0, 3],
      [3, 0],
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joined, readHeader, writeSafetensors } from '../../src/checkpoint/safetensors/safetensors.ts';
import { bitSizes } from '../../src/checkpoint/safetensors/values.ts';
import { dataFile } from './support/dataFile.ts';
import { left, makeFile, right } from './support/files.ts';

const entry = (dtype: string, shape: string, offsets: string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
const one = (fields: string): string => `{"a":${fields}}`;
const f32 = (shape: string, offsets: string): string => one(entry('F32', shape, offsets));
const two = (a: string, b: string): string => `{"a":${entry('F32', '[1]', a)},"b":${entry('F32', '[1]', b)}}`;
/** The dtypes whose elements are whole bytes. */
const whole = [...bitSizes].flatMap(([dtype, bits]) => (bits % 8 === 0 ? [dtype] : []));
const bytes = (count: number): Uint8Array => new Uint8Array(count);

describe('readHeader', () => {
  test('reads a file of PyTorch', async () => {
    const { tensors, metadata, start } = right(readHeader(await dataFile('mlp.safetensors')));
    expect(tensors[0]).toEqual({
      name: 'stack.0._weight_mean',
      dtype: 'F32',
      shape: [64, 784],
      begin: 0,
      end: 200_704,
    });
    expect([...metadata]).toEqual([['format', 'pt']]);
    expect(start).toBe(792);
  });

  test('reads its own output, in whatever order it was written', () => {
    const tensor = fc.record({
      name: fc.string({ unit: 'binary' }).filter((name) => !name.includes('__')),
      dtype: fc.constantFrom(...whole),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    });
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name });
    const metadata = fc.dictionary(fc.string(), fc.string());
    fc.assert(
      fc.property(tensors, metadata, (given, notes) => {
        const written = given.map((each, index) => {
          const size = each.shape.reduce((a, b) => a * b, 1) * ((bitSizes.get(each.dtype) ?? 0) / 8);
          return { ...each, bytes: bytes(size).fill(index + 1) };
        });
        const file = joined(writeSafetensors(written, notes));
        const header = right(readHeader(file));
        expect(header.start % 8).toBe(0);
        expect(new Map(Object.entries(notes))).toEqual(header.metadata);
        expect(header.tensors).toHaveLength(given.length);
        for (const { name, dtype, shape, begin, end } of header.tensors) {
          const original = written.find((each) => each.name === name);
          expect({ dtype, shape }).toEqual({ dtype: original?.dtype, shape: original?.shape });
          expect(file.subarray(header.start + begin, header.start + end)).toEqual(original?.bytes);
        }
      }),
    );
  });

  test('takes a scalar, an empty tensor and no tensor at all', () => {
    expect(right(readHeader(makeFile(f32('[]', '[0,4]'), bytes(4)))).tensors).toHaveLength(1);
    expect(right(readHeader(makeFile(f32('[0,7]', '[0,0]')))).tensors).toHaveLength(1);
    expect(right(readHeader(makeFile('{}'))).tensors).toEqual([]);
  });

  test('takes tensors in any order and at any offset, of every dtype of the format', () => {
    const tensor = fc.record({
      dtype: fc.constantFrom(...bitSizes.keys()),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    });
    const tensors = fc.array(tensor, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(tensors, fc.nat(), (given, turn) => {
        const sized = given.map((each, index) => {
          const bits = each.shape.reduce((a, b) => a * b, 1) * (bitSizes.get(each.dtype) ?? 0);
          return { ...each, name: String(index), bits };
        });
        fc.pre(sized.every(({ bits }) => bits % 8 === 0));
        let filled = 0;
        const entries = sized.map(({ name, dtype, shape, bits }) => {
          const begin = filled;
          filled += bits / 8;
          return [name, { dtype, shape, data_offsets: [begin, filled] }] as const;
        });
        // What is first in the header need not be first in the data.
        const turned = entries.map((_, i) => entries[(i + turn) % entries.length]!);
        const file = makeFile(
          JSON.stringify(Object.fromEntries([['__metadata__', {}], ...turned])),
          bytes(filled),
        );
        const header = right(readHeader(file));
        expect(new Map(header.tensors.map(({ name, begin, end }) => [name, [begin, end]]))).toEqual(
          new Map(entries.map(([name, { data_offsets }]) => [name, data_offsets])),
        );
      }),
    );
  });

  test.each(['F4', 'F6_E2M3', 'F6_E3M2'])('refuses elements of %s that end within a byte', (dtype) => {
    expect(left(readHeader(makeFile(one(entry(dtype, '[1]', '[0,1]')), bytes(1))))).toMatchObject({
      fault: 'shape',
    });
    expect(
      right(
        readHeader(
          makeFile(
            one(entry(dtype, '[4]', `[0,${(bitSizes.get(dtype) ?? 0) / 2}]`)),
            bytes((bitSizes.get(dtype) ?? 0) / 2),
          ),
        ),
      ).tensors,
    ).toHaveLength(1);
  });

  const four = 4 * 2 ** 30;
  test.each<[what: string, file: Uint8Array, fault: string, tensor?: string]>([
    ['0 bytes', bytes(0), 'truncated'],
    ['7 bytes', bytes(7), 'truncated'],
    ['no header', bytes(8), 'json'],
    ['a header longer than the file', makeFile('{}', [], 3n), 'header length'],
    ['a header of 2^64 - 1 bytes', makeFile('{}', [], 2n ** 64n - 1n), 'header length'],
    [
      '4 GB of header in 20 bytes',
      makeFile('{"a":{},"b":{}}'.slice(0, 12), [], BigInt(four)),
      'header length',
    ],
    ['no JSON', makeFile('hello'), 'json'],
    ['half of a JSON', makeFile('{"a":'), 'json'],
    ['a list', makeFile('[]'), 'json'],
    ['a byte order mark', makeFile('\ufeff{}'), 'json'],
    ['no UTF-8', makeFile(Uint8Array.of(0x7b, 0xff, 0x7d)), 'encoding'],
    ['an entry that is not an object', makeFile('{"a":1}'), 'json', 'a'],
    [
      'an entry without a shape',
      makeFile(one('{"dtype":"F32","data_offsets":[0,4]}'), bytes(4)),
      'json',
      'a',
    ],
    ['an entry with a field too many', makeFile(f32('[1]', '[0,4],"x":1'), bytes(4)), 'json', 'a'],
    ['a field twice', makeFile(f32('[1]', '[0,4],"shape":[2]'), bytes(8)), 'duplicate name', 'a'],
    [
      'a name twice',
      makeFile(`{"a":${entry('F32', '[1]', '[0,4]')},"\\u0061":${entry('F32', '[1]', '[4,8]')}}`, bytes(8)),
      'duplicate name',
      'a',
    ],
    [
      'the name __proto__',
      makeFile(`{"__proto__":${entry('F32', '[1]', '[0,4]')}}`, bytes(4)),
      'name',
      '__proto__',
    ],
    [
      '__proto__ in a path',
      makeFile(`{"x.__proto__.y":${entry('F32', '[1]', '[0,4]')}}`, bytes(4)),
      'name',
      'x.__proto__.y',
    ],
    [
      'half a character in a name',
      makeFile(`{"x\\ud800":${entry('F32', '[1]', '[0,4]')}}`, bytes(4)),
      'name',
      'x',
    ],
    ['an unknown dtype', makeFile(one(entry('F7', '[1]', '[0,4]')), bytes(4)), 'dtype', 'a'],
    [
      'a dtype from the prototype',
      makeFile(one(entry('constructor', '[1]', '[0,4]')), bytes(4)),
      'dtype',
      'a',
    ],
    [
      'a dtype that is a number',
      makeFile(one('{"dtype":1,"shape":[1],"data_offsets":[0,4]}'), bytes(4)),
      'dtype',
      'a',
    ],
    ['a shape that is a text', makeFile(f32('"1"', '[0,4]'), bytes(4)), 'shape', 'a'],
    ['a shape of texts', makeFile(f32('["1"]', '[0,4]'), bytes(4)), 'shape', 'a'],
    ['a negative size', makeFile(f32('[-1]', '[0,4]'), bytes(4)), 'shape', 'a'],
    ['negative sizes whose product is not', makeFile(f32('[-1,-1]', '[0,4]'), bytes(4)), 'shape', 'a'],
    ['a size that is not whole', makeFile(f32('[0.5]', '[0,4]'), bytes(4)), 'shape', 'a'],
    ['a size beyond a double', makeFile(f32('[4611686018427387904]', '[0,0]')), 'shape', 'a'],
    ['a shape that does not match', makeFile(f32('[2]', '[0,4]'), bytes(4)), 'shape', 'a'],
    ['a product that overflows to 0', makeFile(f32('[4294967296,4294967296]', '[0,0]')), 'shape', 'a'],
    [
      'a product beyond all numbers',
      makeFile(f32(`[${Array(40).fill(2 ** 31)}]`, '[0,4]'), bytes(4)),
      'shape',
      'a',
    ],
    ['4 GB declared in a few bytes', makeFile(f32('[1073741824]', `[0,${four}]`), bytes(4)), 'offsets', 'a'],
    ['one offset', makeFile(f32('[1]', '[4]'), bytes(4)), 'offsets', 'a'],
    ['three offsets', makeFile(f32('[1]', '[0,4,8]'), bytes(4)), 'offsets', 'a'],
    ['no offsets', makeFile(f32('[1]', '{}'), bytes(4)), 'offsets', 'a'],
    ['negative offsets', makeFile(f32('[1]', '[-4,0]'), bytes(4)), 'offsets', 'a'],
    ['offsets that are null', makeFile(f32('[1]', 'null'), bytes(4)), 'offsets', 'a'],
    ['an entry that is null', makeFile('{"a":null}'), 'json', 'a'],
    ['metadata that are null', makeFile('{"__metadata__":null}'), 'metadata'],
    ['null', makeFile('null'), 'json'],
    ['offsets that run backwards', makeFile(f32('[1]', '[4,0]'), bytes(4)), 'offsets', 'a'],
    ['offsets beyond the end', makeFile(f32('[1]', '[4,8]'), bytes(4)), 'offsets', 'a'],
    ['tensors that overlap', makeFile(two('[0,4]', '[0,4]'), bytes(4)), 'overlap', 'b'],
    [
      'tensors that overlap in part',
      makeFile(`{"a":${entry('F32', '[2]', '[0,8]')},"b":${entry('F32', '[1]', '[4,8]')}}`, bytes(8)),
      'overlap',
      'b',
    ],
    ['a gap', makeFile(two('[0,4]', '[8,12]'), bytes(12)), 'gap', 'b'],
    ['a gap before all', makeFile(f32('[1]', '[4,8]'), bytes(8)), 'gap', 'a'],
    ['bytes left over', makeFile(f32('[1]', '[0,4]'), bytes(5)), 'gap'],
    ['metadata that are a text', makeFile('{"__metadata__":"x"}'), 'metadata'],
    ['metadata of numbers', makeFile('{"__metadata__":{"x":1}}'), 'metadata'],
    ['metadata with a name twice', makeFile('{"__metadata__":{"x":"1","x":"2"}}'), 'metadata'],
    ['metadata twice', makeFile('{"__metadata__":{},"__metadata__":{}}'), 'duplicate name', '__metadata__'],
  ])('refuses %s', (_, file, fault, tensor) => {
    const error = left(readHeader(file));
    expect(error).toMatchObject({
      _tag: 'InvalidFile',
      fault,
      ...(tensor === undefined ? {} : { tensor: expect.stringContaining(tensor) }),
    });
    expect(error.message).toContain(tensor ?? '');
  });
});

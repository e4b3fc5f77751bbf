import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFloats, encodeFloats } from '../../src/checkpoint/safetensors/values.ts';

const patterns = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
const asBytes = (array: Uint16Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** The value of a pattern, in doubles and from the definition (IEEE 754-2019, 3.4). */
const meaning = (bits: number, exponentBits: number, fractionBits: number): number => {
  const sign = bits >>> 15 === 1 ? -1 : 1;
  const exponent = (bits >>> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
};

const kinds = [
  ['F16', 5, 10],
  ['BF16', 8, 7],
] as const;

describe.each(kinds)('%s', (dtype, exponentBits, fractionBits) => {
  const values = Array.from(patterns, (bits) => meaning(bits, exponentBits, fractionBits));

  test('decodes all 65536 bit patterns', () => {
    expect(Array.from(decodeFloats(dtype)(asBytes(patterns)))).toEqual(values);
  });

  test('round-trips every value', () => {
    const back = new Uint16Array(encodeFloats(dtype)(Float32Array.from(values)).buffer);
    const wrong = patterns.filter((bits) => back[bits] !== bits && !Number.isNaN(values[bits]));
    expect([...wrong]).toEqual([]);
    const lost = patterns.filter(
      (bits) =>
        Number.isNaN(values[bits]) &&
        !Number.isNaN(meaning(back[bits] as number, exponentBits, fractionBits)),
    );
    expect([...lost]).toEqual([]);
  });

  test('rounds to nearest, ties to even', () => {
    const finite = patterns.filter((bits) => bits < 2 ** 15 && Number.isFinite(values[bits]));
    const nearest = (x: number): number => {
      let [low, high] = [0, finite.length - 1];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if ((values[middle] as number) <= x) low = middle;
        else high = middle;
      }
      const [below, above] = [x - (values[low] as number), (values[high] as number) - x];
      return below < above || (below === above && low % 2 === 0) ? low : high;
    };
    const largest = values[finite.length - 1] as number;
    const float = fc.float({ min: 0, max: Math.fround(largest), noNaN: true });
    const between = fc
      .integer({ min: 0, max: finite.length - 2 })
      .map((bits) => Math.fround(((values[bits] as number) + (values[bits + 1] as number)) / 2));
    fc.assert(
      fc.property(fc.oneof(float, between), fc.boolean(), (x, negative) => {
        const [got] = new Uint16Array(encodeFloats(dtype)(Float32Array.of(negative ? -x : x)).buffer);
        expect(got).toBe(nearest(x) + (negative ? 2 ** 15 : 0));
      }),
      { numRuns: 3000 },
    );
  });

  test('rounds values beyond its range to infinity', () => {
    const [got] = decodeFloats(dtype)(encodeFloats(dtype)(Float32Array.of(3.4028234e38)));
    expect(got).toBe(Number.POSITIVE_INFINITY);
  });
});

test('F16 ends at 65504', () => {
  const rounded = decodeFloats('F16')(encodeFloats('F16')(Float32Array.of(65504, 65519, 65520)));
  expect([...rounded]).toEqual([65504, 65504, Number.POSITIVE_INFINITY]);
});

test('F32 keeps every bit, from bytes at any place of a larger array', () => {
  fc.assert(
    fc.property(fc.float32Array(), fc.nat({ max: 5 }), (values, before) => {
      const file = new Uint8Array(before + values.byteLength);
      file.set(encodeFloats('F32')(values), before);
      const back = decodeFloats('F32')(file.subarray(before));
      expect(new Uint32Array(back.buffer)).toEqual(
        new Uint32Array(values.buffer, values.byteOffset, values.length),
      );
      expect(back.buffer).not.toBe(file.buffer);
    }),
  );
});

test('bytes of a Node Buffer are copied too', () => {
  const buffer = Buffer.from([0, 0, 0x80, 0x3f]);
  const values = decodeFloats('F32')(buffer);
  buffer.fill(0);
  expect([...values]).toEqual([1]);
});

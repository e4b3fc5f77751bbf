import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { flatten, linear, residual, sequential } from 'tfjs-bayesian';
import { beforeAll, describe, expect, it } from 'vitest';
import { outFirst } from '../../src/checkpoint/torch/layouts.ts';
import { compare, holds, relativeError } from './compare.ts';
import { parseExpression } from './expression.ts';
import type { Net } from './modules.ts';
import { fromTorch, torchName, toTorch } from './torch.ts';

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('relativeError', () => {
  it('is 0 for equal numbers, and relates a single error to the largest number', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), fc.nat(), finite, (numbers, at, change) => {
        expect(relativeError(numbers, numbers)).toBe(0);
        const index = at % numbers.length;
        const largest = Math.max(...numbers.map(Math.abs));
        const off = numbers.map((x, i) => (i === index ? x + change : x));
        const expected = Math.abs((off[index] ?? 0) - (numbers[index] ?? 0));
        expect(relativeError(off, numbers)).toBe(expected === 0 ? 0 : expected / largest);
      }),
    );
  });

  it('treats NaN and infinities as equal only to themselves', () => {
    const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(relativeError(strange, strange)).toBe(0);
    for (const [i, x] of strange.entries())
      for (const y of [...strange.filter((_, j) => j !== i), 1]) {
        expect(relativeError([y, 1], [x, 1])).toBe(Number.POSITIVE_INFINITY);
        expect(relativeError([x, 1], [y, 1])).toBe(Number.POSITIVE_INFINITY);
      }
  });

  it('rejects anything but 0 against zeros', () => {
    expect(relativeError([0, -0], [0, 0])).toBe(0);
    expect(relativeError([1e-9, 0], [0, 0])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('compare', () => {
  it('reads words as numbers, and refuses another shape', () => {
    const expected = { shape: [2, 1], data: [['NaN'], ['-Infinity']] };
    const actual = tf.tensor2d([Number.NaN, Number.NEGATIVE_INFINITY], [2, 1]);
    expect(holds(compare('a', actual, expected))).toBe(true);
    expect(compare('a', tf.reshape(actual, [2]), expected)).toMatchObject({
      error: Number.POSITIVE_INFINITY,
      note: 'shape [2] where [2, 1] is expected',
    });
    expect(() => compare('a', actual, { shape: [2, 1], data: [[1]] })).toThrow(/has 1 numbers/);
    expect(holds({ array: 'a', error: Number.NaN, tolerance: 1 })).toBe(false);
  });
});

describe('layouts and names', () => {
  it('round-trip, with kernels and in-out last', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const weight = tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape);
        const ours = fromTorch(outFirst, weight);
        const [out, inside, ...kernel] = shape;
        expect(ours.shape).toEqual(inside === undefined ? [out] : [...kernel, inside, out]);
        expect(toTorch(outFirst, ours).arraySync()).toEqual(weight.arraySync());
        const samples = fromTorch(outFirst, tf.stack([weight, weight]), 1);
        expect(samples.arraySync()).toEqual([ours.arraySync(), ours.arraySync()]);
      }),
    );
    expect(fromTorch(outFirst, tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])).arraySync()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });

  it('omit the inner sequence of a residual connection', () => {
    const net = sequential(residual(sequential((x) => x, flatten(), linear(2, 2)))) as Net;
    expect(torchName(net)(['0', 'inner', '2', 'weight'])).toBe('0.2.weight');
    expect(() => torchName(net)(['1'])).toThrow("no variable at '1'");
  });
});

describe('parseExpression', () => {
  it('reads nested calls, named arguments, tuples and words', () => {
    expect(parseExpression("A(1, B, C(-2.5, x=False), k=(1, 'same'), n=None)")).toEqual({
      name: 'A',
      args: [1, { name: 'B', args: [], options: {} }, { name: 'C', args: [-2.5], options: { x: false } }],
      options: { k: [1, 'same'], n: null },
    });
  });

  it('rejects anything that is not a call', () => {
    for (const text of ['', 'A(', 'A(1', 'A(1))', 'A(1 2)', '3', 'A(;)'])
      expect(() => parseExpression(text)).toThrow();
  });
});

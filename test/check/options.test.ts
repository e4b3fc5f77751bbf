import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knownOptions } from '../../src/check/index.ts';

const names = {
  learningRate: true,
  temperature: true,
  std: true,
  samples: true,
  stride: true,
  bias: true,
} as const;

describe('knownOptions', () => {
  it('returns a record with known names unchanged', () => {
    const subset = fc.subarray(Object.keys(names));
    fc.assert(
      fc.property(subset, (keys) => {
        const options = Object.fromEntries(keys.map((key) => [key, undefined]));
        expect(knownOptions('f', options, names)).toBe(options);
      }),
    );
  });

  it('rejects every other name', () => {
    fc.assert(
      fc.property(
        fc.string().filter((name) => !Object.hasOwn(names, name) && name !== '__proto__'),
        (name) => {
          expect(() => knownOptions('f', { std: 1, [name]: 1 }, names)).toThrow(
            `f: unknown option '${name}'; `,
          );
        },
      ),
    );
  });

  it.each([
    ['lr', 'learningRate'],
    ['learning_rate', 'learningRate'],
    ['LearningRate', 'learningRate'],
    ['temprature', 'temperature'],
    ['temp', 'temperature'],
    ['stddev', 'std'],
    ['strides', 'stride'],
    ['numSamples', 'samples'],
    ['useBias', 'bias'],
  ])('takes %s for %s', (given, meant) => {
    expect(() => knownOptions('f', { [given]: 1 }, names)).toThrow(
      `f: unknown option '${given}'; did you mean '${meant}'?`,
    );
  });

  it('lists the options if none is similar', () => {
    expect(() => knownOptions('f', { zzz: 1 }, { std: true, bias: true })).toThrow(
      "f: unknown option 'zzz'; the options are std, bias",
    );
  });

  it.each([[undefined], [null], [1], ['std'], [[1]], [() => 1], [new Float32Array(1)]])(
    'refuses %o in place of a record',
    (value) => {
      expect(() => knownOptions('f', value as unknown as object, names)).toThrow(
        /^f: options must be a record of options, got /,
      );
    },
  );
});

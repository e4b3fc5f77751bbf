import { describe, expect, it } from 'vitest';
import { type FieldKinds, knownFields } from '../../src/check/index.ts';

interface Mine {
  readonly name: string;
  readonly logProb: () => number;
  readonly moments?: object;
  readonly predictiveLogProb?: () => number;
}

const kinds: FieldKinds<Mine> = {
  name: 'string',
  logProb: 'function',
  moments: 'object?',
  predictiveLogProb: 'function?',
};

const fine = { name: 'mine', logProb: () => 1 };
const message = (record: unknown) => () => knownFields('f', record as Mine, kinds);

describe('knownFields', () => {
  it('returns the record, with its other fields', () => {
    for (const own of [{}, { moments: {} }, { means: 1 }, { scale: 1, _tag: 'Prior' }, { sampler: 1 }]) {
      const record = { ...fine, ...own };
      expect(knownFields('f', record, kinds)).toBe(record);
    }
  });

  it('sees the fields of a class instance', () => {
    class Own {
      readonly name = 'own';
      logProb(): number {
        return 1;
      }
    }
    expect(message(new Own())).not.toThrow();
  });

  it.each([
    [{ name: 'mine' }, 'f: logProb must be a function, got undefined'],
    [{ name: 'mine', logProb: 1 }, 'f: logProb must be a function, got 1'],
    [{ ...fine, name: undefined }, 'f: name must be a string, got undefined'],
    [{ ...fine, moments: null }, 'f: moments must be a record, got null'],
    [{ name: 'mine', logprob: () => 1 }, "f: unknown field 'logprob'; did you mean 'logProb'?"],
    [{ name: 'mine', log_prob: () => 1 }, "f: unknown field 'log_prob'; did you mean 'logProb'?"],
    [{ ...fine, moment: {} }, "f: unknown field 'moment'; did you mean 'moments'?"],
    [{ ...fine, momemts: {} }, "f: unknown field 'momemts'; did you mean 'moments'?"],
    [
      { ...fine, predictiveLogprob: () => 1 },
      "f: unknown field 'predictiveLogprob'; did you mean 'predictiveLogProb'?",
    ],
    [undefined, 'f: argument must be a record with name, logProb, moments, predictiveLogProb, got undefined'],
    [[1], 'f: argument must be a record with name, logProb, moments, predictiveLogProb, got [1]'],
  ])('refuses %o', (record, text) => {
    expect(message(record)).toThrow(text);
  });
});

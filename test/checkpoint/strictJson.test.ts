import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Json, strictJson } from '../../src/checkpoint/safetensors/strictJson.ts';

/** As `JSON.parse` would have it. */
const plain = (json: Json): unknown => {
  if (typeof json !== 'object') return json;
  if (!('_tag' in json)) return json.map(plain);
  return json._tag === 'Misplaced'
    ? JSON.parse(json.text)
    : Object.fromEntries(json.members.map(([name, value]) => [name, plain(value)]));
};

const whole = fc.oneof(fc.nat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER));
const misplaced = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
  fc.integer({ max: -1 }),
  fc.constantFrom(null, true, false),
);
const text = fc.string({ unit: 'binary' });
const value = fc.oneof(
  whole,
  text,
  fc.array(fc.oneof(whole, text, misplaced)),
  misplaced,
  fc.dictionary(text, fc.oneof(whole, text)),
);
const header = fc.dictionary(text, value);

describe('parseMembers', () => {
  test('agrees with JSON.parse, with any white space', () => {
    fc.assert(
      fc.property(header, fc.constantFrom(undefined, 1, '\t', ' \r\n'), (json, space) => {
        const written = JSON.stringify(json, null, space as string);
        expect(plain(strictJson(written))).toEqual(JSON.parse(written));
      }),
    );
  });

  test('keeps duplicate members, in order', () => {
    expect(strictJson('{"a": 1, "\\u0061": 2, "__proto__": 3}')).toEqual({
      _tag: 'Members',
      members: [
        ['a', 1],
        ['a', 2],
        ['__proto__', 3],
      ],
    });
  });

  test.each([
    ['', /end/],
    ['{', /end/],
    ['{"a": 1,}', /"}"/],
    ['{"a" 1}', /':'/],
    ['[1 2]', /']'/],
    ['{"a": 1} x', /nothing more/],
    ['{"a: 1}', /'"'/],
    ['{"a\\', /'"'/],
    ['"\\x"', /escapes/],
    ['"\n"', /control/],
    ['01', /nothing more/],
    ['-', /a value/],
    ['+1', /a value/],
    ['NaN', /a value/],
    ['nul', /a value/],
    ['[[[[[1]]]]]', /nesting/],
    ['['.repeat(100_000), /nesting/],
  ])('refuses %s', (written, message) => {
    expect(() => strictJson(written)).toThrow(SyntaxError);
    expect(() => strictJson(written)).toThrow(message);
  });

  test.each(['-1', '-0', '1.0', '1e3', '9007199254740992', '99999999999999999999', 'true', 'false', 'null'])(
    'leaves %s as it is written: no header has that',
    (written) => {
      expect(strictJson(`[${written}, 1]`)).toEqual([{ _tag: 'Misplaced', text: written }, 1]);
    },
  );

  test('names the position', () => {
    expect(() => strictJson('{"a": 1; "b": 2}')).toThrow('expected \'}\' at character 7, got ";"');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Json, parseMembers } from '../../src/checkpoint/parseMembers.ts';

/** As `JSON.parse` would have it. */
const plain = (json: Json): unknown => {
  if (typeof json !== 'object') return json;
  return '_tag' in json
    ? Object.fromEntries(json.members.map(([name, value]) => [name, plain(value)]))
    : json.map(plain);
};

const whole = fc.oneof(fc.nat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER));
const text = fc.string({ unit: 'binary' });
const value = fc.oneof(
  whole,
  text,
  fc.array(fc.oneof(whole, text)),
  fc.dictionary(text, fc.oneof(whole, text)),
);
const header = fc.dictionary(text, value);

describe('parseMembers', () => {
  test('reads what JSON.parse reads, with any white space', () => {
    fc.assert(
      fc.property(header, fc.constantFrom(undefined, 1, '\t', ' \r\n'), (json, space) => {
        const written = JSON.stringify(json, null, space as string);
        expect(plain(parseMembers(written))).toEqual(JSON.parse(written));
      }),
    );
  });

  test('keeps members of the same name apart, in order', () => {
    expect(parseMembers('{"a": 1, "\\u0061": 2, "__proto__": 3}')).toEqual({
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
    ['-1', /whole number/],
    ['1.0', /whole number/],
    ['1e3', /whole number/],
    ['01', /whole number/],
    ['9007199254740992', /2\^53/],
    ['99999999999999999999', /whole number/],
    ['true', /whole number/],
    ['null', /whole number/],
    ['[[[[[1]]]]]', /nesting/],
    ['['.repeat(100_000), /nesting/],
  ])('refuses %s', (written, message) => {
    expect(() => parseMembers(written)).toThrow(SyntaxError);
    expect(() => parseMembers(written)).toThrow(message);
  });

  test('says where', () => {
    expect(() => parseMembers('{"a": 1; "b": 2}')).toThrow('expected \'}\' at character 7, got ";"');
  });
});

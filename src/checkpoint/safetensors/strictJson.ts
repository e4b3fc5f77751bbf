/** A JSON object with all its members in order, including duplicate names. */
export interface Members {
  readonly _tag: 'Members';
  readonly members: readonly (readonly [name: string, value: Json])[];
}

/** A JSON value that is not allowed in a header, as written: `-1`, `0.5`, `1e3`, 2^53 and above, `true`, `null`. */
export interface Misplaced {
  readonly _tag: 'Misplaced';
  readonly text: string;
}

/** A JSON value; numbers are non-negative integers that a double holds exactly. */
export type Json = string | number | readonly Json[] | Members | Misplaced;

/** A valid header nests three deep. */
const MAX_DEPTH = 4;

const blank = /[\t\n\r ]*/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * `JSON.parse` for untrusted text: it keeps duplicate members, where `JSON.parse` silently takes the last, and keeps
 * values that are not allowed in a header as written, so that errors can name their place.
 *
 * @throws SyntaxError with the position of the character
 * @example
 * strictJson('{"a": 1, "a": 2}'); // { _tag: 'Members', members: [['a', 1], ['a', 2]] }
 */
export const strictJson = (text: string): Json => {
  let at = 0;

  const fail = (expected: string): never => {
    const got = at < text.length ? JSON.stringify(text[at]) : 'its end';
    throw new SyntaxError(`expected ${expected} at character ${at}, got ${got}`);
  };

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };

  const next = (): string => {
    match(blank);
    return text[at] ?? '';
  };

  const take = (char: string): void => {
    if (next() !== char) fail(`'${char}'`);
    at += 1;
  };

  const string = (): string => {
    take('"');
    const start = at;
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    take('"');
    try {
      return JSON.parse(text.slice(start - 1, at)) as string;
    } catch {
      at = start;
      return fail('a string without bare control characters or unknown escapes');
    }
  };

  const numberOrMisplaced = (): number | Misplaced => {
    const text = match(scalar) ?? fail('a value');
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(value) ? value : { _tag: 'Misplaced', text };
  };

  const list = <A>(open: string, close: string, item: () => A): readonly A[] => {
    const items: A[] = [];
    take(open);
    if (next() !== close) {
      items.push(item());
      while (next() === ',') {
        take(',');
        items.push(item());
      }
    }
    take(close);
    return items;
  };

  const value = (depth: number): Json => {
    if (depth > MAX_DEPTH) fail('no deeper nesting');
    const first = next();
    if (first === '"') return string();
    if (first === '[') return list('[', ']', () => value(depth + 1));
    if (first !== '{') return numberOrMisplaced();
    const member = () => {
      const name = string();
      take(':');
      return [name, value(depth + 1)] as const;
    };
    return { _tag: 'Members', members: list('{', '}', member) };
  };

  const result = value(1);
  return next() === '' ? result : fail('nothing more');
};

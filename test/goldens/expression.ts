/** A constructor call as golden files write it: `VILinear(4, 8, bias=False)`, or just `ReLU`. */
export interface Expression {
  readonly name: string;
  readonly args: readonly Value[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** An argument of a call. */
export type Value = Expression | number | boolean | null | string | readonly Value[];

export const isExpression = (value: unknown): value is Expression =>
  typeof value === 'object' && value !== null && 'args' in value && 'options' in value;

const token = /\s*([A-Za-z_][\w.]*|-?\d+(?:\.\d*)?(?:e[+-]?\d+)?|'[^']*'|"[^"]*"|[(),=[\]])/y;

const tokenize = (text: string): readonly string[] => {
  const tokens = [...text.matchAll(new RegExp(token, 'g'))].map((match) => match[1]!);
  if (tokens.join('').length !== text.replace(/\s/g, '').length) {
    throw new Error(`'${text}' is no constructor call`);
  }
  return tokens;
};

const constants: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null };

/** What was read, and the tokens that are left. */
type Read<A> = readonly [value: A, rest: readonly string[]];

const after = (expected: string, [first, ...rest]: readonly string[]): readonly string[] => {
  if (first !== expected) throw new Error(`expected '${expected}', got '${first ?? 'the end'}'`);
  return rest;
};

/** One argument, with its name where it has one. */
type Argument = readonly [name: string | undefined, value: Value];

const argument = (tokens: readonly string[]): Read<Argument> => {
  const named = tokens[1] === '=';
  const [read, rest] = value(named ? tokens.slice(2) : tokens);
  return [[named ? tokens[0] : undefined, read], rest];
};

const argumentsUntil = (close: string, tokens: readonly string[]): Read<readonly Argument[]> => {
  if (tokens[0] === close) return [[], tokens.slice(1)];
  const [first, rest] = argument(tokens);
  if (rest[0] === close) return [[first], rest.slice(1)];
  const [others, end] = argumentsUntil(close, after(',', rest));
  return [[first, ...others], end];
};

const value = (tokens: readonly string[]): Read<Value> => {
  const [first, ...rest] = tokens;
  if (first === undefined) throw new Error('expected a value, got the end');
  if (first === '(' || first === '[') {
    const [items, end] = argumentsUntil(first === '(' ? ')' : ']', rest);
    return [items.map(([, item]) => item), end];
  }
  if (/^['"]/.test(first)) return [first.slice(1, -1), rest];
  if (/^[-\d]/.test(first)) return [Number(first), rest];
  return Object.hasOwn(constants, first) ? [constants[first] ?? null, rest] : call(tokens);
};

const call = ([name, ...rest]: readonly string[]): Read<Expression> => {
  if (name === undefined || !/^[A-Za-z_]/.test(name)) throw new Error(`expected a name, got '${name}'`);
  const [args, end] = rest[0] === '(' ? argumentsUntil(')', rest.slice(1)) : [[], rest];
  return [
    {
      name,
      args: args.flatMap(([key, each]) => (key === undefined ? [each] : [])),
      options: Object.fromEntries(args.flatMap(([key, each]) => (key === undefined ? [] : [[key, each]]))),
    },
    end,
  ];
};

/**
 * Reads a constructor call.
 *
 * @throws Error if the text is none
 * @example
 * parseExpression('VILinear(4, 8)'); // { name: 'VILinear', args: [4, 8], options: {} }
 */
export const parseExpression = (text: string): Expression => {
  const [expression, rest] = call(tokenize(text));
  if (rest.length > 0) throw new Error(`'${text}' goes on after its end`);
  return expression;
};

import { runsDiffer, type Varying } from '../../../ops/recording.ts';
import type { Attributes } from '../../kernel.ts';
import { sameValues, varyingPairs } from '../../varyingPairs.ts';
import { type Call, type Data, listInputs, type Trace, type View } from './trace.ts';

/** A pair of integers in which two traces differ, and where it is: in the words of a call's keys, or in a constant. */
export interface VaryingPair extends Varying {
  readonly where: { readonly call: number } | { readonly data: number };
  /** The index of its first integer there. */
  readonly at: number;
}

type Integers = ArrayLike<number>;

/** Integers that differ, pair by pair, as the words of keys do. */
const pairsIn = (where: VaryingPair['where'], a: Integers, b: Integers): readonly VaryingPair[] => {
  if (a.length !== b.length) return runsDiffer('the number of keys');
  if (sameValues(a, b)) return [];
  if (a.length % 2 === 1) return runsDiffer('numbers that are computed in JavaScript');
  return varyingPairs(a, b).map((pair) => ({ ...pair, where }));
};

/** A number that JSON has not, as text. */
const exactly = (_: string, value: unknown): unknown =>
  typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
    ? `number ${value} ${1 / value}`
    : value;

/** Attributes in a form that can be compared, without the words of keys, and without the function of an inspection. */
const described = ({ words, inspect, ...others }: Attributes): string => JSON.stringify(others, exactly);

const viewParts = ({ data, shape, dtype }: View): readonly unknown[] => [data.index, dtype, ...shape];

const callParts = ({ name, run, inputs, attrs, outputs }: Call): readonly unknown[] => [
  ...[name, run, described(attrs), ...Object.keys(inputs)],
  ...listInputs<View>(inputs).flatMap(viewParts),
  ...outputs.flatMap(viewParts),
];

const keyWords = ({ attrs }: Call): Integers => (attrs.words ?? []) as Integers;

const dataParts = ({ kind, id, content }: Data): readonly unknown[] => [
  ...[kind, content?.dtype, content?.values.length],
  ...(kind === 'outside' ? [id] : []),
];

const constants = (a: Data, b: Data): readonly VaryingPair[] => {
  if (a.content === undefined || b.content === undefined) return [];
  const [first, second] = [a.content.values, b.content.values];
  if (a.content.dtype !== 'int32' && !sameValues(first, second))
    return runsDiffer('numbers that are computed in JavaScript');
  return pairsIn({ data: a.index }, first, second);
};

/**
 * The pairs of integers in which two traces of one function differ.
 *
 * @throws Error where they differ in anything else
 */
export const differences = (a: Trace, b: Trace): readonly VaryingPair[] => {
  if (a.calls.length !== b.calls.length) runsDiffer('the number of kernels');
  if (!a.calls.every((call, i) => sameValues(callParts(call), callParts(b.calls[i]!))))
    runsDiffer('the kernels');
  if (!sameValues(a.data.flatMap(dataParts), b.data.flatMap(dataParts))) runsDiffer('the tensors');
  if (!sameValues(a.results.flatMap(viewParts), b.results.flatMap(viewParts))) runsDiffer('the result');
  const pairs = [
    ...a.calls.flatMap((call, i) => pairsIn({ call: i }, keyWords(call), keyWords(b.calls[i]!))),
    ...a.data.flatMap((data, i) => constants(data, b.data[i]!)),
  ];
  if (pairs.some(({ where }) => 'data' in where && a.read.has(a.data[where.data]!)))
    runsDiffer('numbers that are computed in JavaScript');
  return pairs;
};

import { runsDiffer, type Varying } from '../../../ops/recording.ts';
import type { BindGroup, Dispatch } from './device.ts';
import { isSlot, type Slot } from './slots.ts';
import type { Outcome, Trace } from './trace.ts';

/** A pair of integers in which two traces differ, and where it is: in which slot, from which integer on. */
export interface VaryingPair extends Varying {
  readonly slot: number;
  readonly at: number;
}

/** Integers that differ, pair by pair, as the words of keys do. */
const pairs = (a: Slot, b: Slot): readonly VaryingPair[] => {
  const [first, second] = [a.content?.words, b.content?.words];
  if (a.content?.kind !== b.content?.kind || first?.length !== second?.length)
    return runsDiffer('what they upload');
  if (first === undefined || second === undefined || first.every((word, i) => word === second[i])) return [];
  if (a.content?.kind === 'uniforms') return runsDiffer('a number of a formula or a shape');
  if (a.content?.kind === 'floats' || first.length % 2 === 1)
    return runsDiffer('numbers that are computed in JavaScript');
  const starts = Array.from({ length: first.length / 2 }, (_, i) => 2 * i);
  return starts
    .filter((at) => first[at] !== second[at] || first[at + 1] !== second[at + 1])
    .map((at) => ({
      ...{ slot: a.index, at },
      first: [first[at]!, first[at + 1]!],
      second: [second[at]!, second[at + 1]!],
    }));
};

/** A buffer in a form that can be compared: slots of two traces are the same if they have the same place. */
const place = (buffer: object): unknown => (isSlot(buffer) ? buffer.index : buffer);

const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((each, i) => Object.is(each, b[i]));

const ofDispatch = ({ pipeline, group, size }: Dispatch<BindGroup>): readonly unknown[] => [
  pipeline,
  ...size,
  ...group.entries.map(({ resource }) => place(resource.buffer)),
];

const ofOutcome = ({ shape, dtype, dataDtype, from }: Outcome): readonly unknown[] => [
  ...[dtype, dataDtype, ...shape],
  ...('values' in from ? Array.from(from.values) : ['slot' in from ? from.slot.index : from.outside]),
];

/**
 * The pairs of integers in which two traces of one function differ.
 *
 * @throws Error where they differ in anything else
 */
export const differences = (a: Trace, b: Trace): readonly VaryingPair[] => {
  if (a.dispatches.length !== b.dispatches.length) runsDiffer('the number of programs');
  if (!a.dispatches.every((each, i) => same(ofDispatch(each), ofDispatch(b.dispatches[i]!))))
    runsDiffer('the programs');
  if (a.slots.length !== b.slots.length || a.slots.some(({ size }, i) => size !== b.slots[i]!.size))
    runsDiffer('what they upload');
  if (!same(a.outcomes.flatMap(ofOutcome), b.outcomes.flatMap(ofOutcome))) runsDiffer('the result');
  return a.slots.flatMap((slot, i) => pairs(slot, b.slots[i]!));
};

import { runsDiffer, type Varying } from '../../../ops/recording.ts';
import { sameValues, varyingPairs } from '../../varyingPairs.ts';
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
  if (first === undefined || second === undefined || sameValues(first, second)) return [];
  if (a.content?.kind === 'uniforms') return runsDiffer('a number of a formula or a shape');
  if (a.content?.kind === 'floats' || first.length % 2 === 1)
    return runsDiffer('numbers that are computed in JavaScript');
  return varyingPairs(first, second).map((pair) => ({ ...pair, slot: a.index }));
};

/** A buffer in a form that can be compared: slots of two traces are the same if they have the same place. */
const place = (buffer: object): unknown => (isSlot(buffer) ? buffer.index : buffer);

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
  if (!a.dispatches.every((each, i) => sameValues(ofDispatch(each), ofDispatch(b.dispatches[i]!))))
    runsDiffer('the programs');
  if (a.slots.length !== b.slots.length || a.slots.some(({ size }, i) => size !== b.slots[i]!.size))
    runsDiffer('what they upload');
  if (!sameValues(a.outcomes.flatMap(ofOutcome), b.outcomes.flatMap(ofOutcome))) runsDiffer('the result');
  return a.slots.flatMap((slot, i) => pairs(slot, b.slots[i]!));
};

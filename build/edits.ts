import { type Edit, edited } from '../src/kernels/wasm/edits.ts';

/** As many equal bytes end an edit: fewer may be equal by chance. */
const ENOUGH = 8;

/** The longest edit that is looked for; a longer one takes all that is left. */
const LONGEST = 4096;

const matches = (a: Buffer, atA: number, b: Buffer, atB: number): boolean =>
  a.subarray(atA, atA + ENOUGH).equals(b.subarray(atB, atB + ENOUGH));

/** How many bytes of each to pass, few of both together, until they are the same for a while. */
const gap = (a: Buffer, b: Buffer): readonly [dropped: number, added: number] => {
  for (let both = 1; both < Math.min(LONGEST, a.length + b.length); both++)
    for (let dropped = 0; dropped <= both; dropped++)
      if (matches(a, dropped, b, both - dropped)) return [dropped, both - dropped];
  return [a.length, b.length];
};

const firstDifference = (a: Buffer, b: Buffer): number => {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at;
  return length;
};

/**
 * Edits that make the bytes `to` of `from`, for `edited`.
 *
 * @throws Error if they do not
 * @example
 * edits(Buffer.from('abc'), Buffer.from('abd')); // [[2, 1, 'ZA==']]
 */
export const edits = (from: Buffer, to: Buffer): readonly Edit[] => {
  const found: Edit[] = [];
  for (let [a, b] = [from, to]; a.length + b.length > 0; ) {
    const kept = firstDifference(a, b);
    [a, b] = [a.subarray(kept), b.subarray(kept)];
    const [dropped, added] = gap(a, b);
    if (a.length + b.length > 0) found.push([kept, dropped, b.toString('base64', 0, added)]);
    [a, b] = [a.subarray(dropped), b.subarray(added)];
  }
  if (edited(from.toString('latin1'), found) !== to.toString('latin1'))
    throw new Error('the edits do not make one build of the kernels of the other');
  return found;
};

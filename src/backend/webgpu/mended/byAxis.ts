import { PadV2, type TensorInfo, Tile } from '@tensorflow/tfjs-core';
import { as, highestRank, mended, type Stock } from './mended.ts';

/** What is done along an axis: nothing, or for numbers that lie `inner` together something that depends on that. */
interface ByAxis<A, E> {
  readonly read: (attrs: A) => readonly E[];
  readonly write: (attrs: A, each: readonly E[]) => A;
  readonly nothing: E;
  readonly isNothing: (each: E) => boolean;
  readonly times: (each: E, inner: number) => E;
  readonly length: (length: number, each: E) => number;
}

interface Inputs {
  readonly x: TensorInfo;
}

interface Group<E> {
  readonly length: number;
  readonly each: E;
}

/** An axis along which nothing is done joins the one before it. */
const grouped = <A, E>(
  how: ByAxis<A, E>,
  shape: readonly number[],
  each: readonly E[],
): readonly Group<E>[] => {
  const groups: Group<E>[] = [];
  shape.forEach((length, axis) => {
    const last = how.isNothing(each[axis]!) ? groups.pop() : undefined;
    groups.push(
      last === undefined
        ? { length, each: each[axis]! }
        : { length: last.length * length, each: how.times(last.each, length) },
    );
  });
  return groups;
};

/** A kernel that works axis by axis, on tensors of any rank: a few of the axes first, then the others. */
const inPasses =
  <A, E>(how: ByAxis<A, E>) =>
  (stock: Stock<Inputs, A>): Stock<Inputs, A> => {
    const run: Stock<Inputs, A> = (call) => {
      const { x } = call.inputs;
      if (x.shape.length <= highestRank) return stock(call);
      const all = how.read(call.attrs);
      const shape = x.shape.map((length, axis) => how.length(length, all[axis]!));
      const groups = grouped(how, x.shape, all);
      if (groups.length <= highestRank) {
        const attrs = how.write(
          call.attrs,
          groups.map(({ each }) => each),
        );
        const inputs = {
          x: as(
            groups.map(({ length }) => length),
            x,
          ),
        };
        return as(shape, stock({ ...call, inputs, attrs }));
      }
      // Each pass has one axis in front along which it may do nothing.
      const busy = all.flatMap((each, axis) => (how.isNothing(each) ? [] : [axis])).slice(0, highestRank - 1);
      const only = (wanted: boolean) =>
        all.map((each, axis) => (busy.includes(axis) === wanted ? each : how.nothing));
      const first = run({ ...call, attrs: how.write(call.attrs, only(true)) });
      const both = run({ ...call, inputs: { x: first }, attrs: how.write(call.attrs, only(false)) });
      call.backend.disposeData(first.dataId);
      return both;
    };
    return run;
  };

type Padding = readonly [before: number, after: number];

/** tfjs's program for more than four axes does not compile. */
export const pad = mended<Inputs, { readonly paddings: readonly Padding[] }>(
  PadV2,
  inPasses<{ readonly paddings: readonly Padding[] }, Padding>({
    read: ({ paddings }) => paddings,
    write: (attrs, paddings) => ({ ...attrs, paddings }),
    nothing: [0, 0],
    isNothing: ([before, after]) => before === 0 && after === 0,
    times: ([before, after], inner) => [before * inner, after * inner],
    length: (length, [before, after]) => before + length + after,
  }),
);

/** tfjs's takes up to four axes. */
export const tile = mended<Inputs, { readonly reps: readonly number[] }>(
  Tile,
  inPasses({
    read: ({ reps }) => reps,
    write: (attrs, reps) => ({ ...attrs, reps }),
    nothing: 1,
    isNothing: (reps) => reps === 1,
    times: (reps) => reps,
    length: (length, reps) => length * reps,
  }),
);

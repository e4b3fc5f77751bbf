import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Comparison,
  makeRows,
  measureSpread,
  type Round,
  verdict,
} from '../../../bench/against/ratios.ts';

const time = fc.double({ min: 0.01, max: 1e4, noNaN: true });
const times = fc.array(time, { minLength: 1, maxLength: 7 });
const round = fc.record({ before: times, here: times, after: times });
const rounds = fc.array(round, { minLength: 1, maxLength: 7 });

const measured = (all: readonly (typeof round extends fc.Arbitrary<infer R> ? R : never)[]): Round[] =>
  all.map(({ before, here, after }) => ({
    before: [{ name: 'step', times: before }],
    here: [{ name: 'step', times: here }],
    after: [{ name: 'step', times: after }],
  }));

const compared = (all: readonly Round[]) => {
  const [row] = makeRows(['step'], all);
  if (row === undefined || 'failure' in row) throw new Error(`not compared: ${row?.failure}`);
  return row;
};

const close = (a: number, b: number): void => expect(a / b).toBeCloseTo(1, 9);

describe('makeRows', () => {
  test('a build that is n times slower has the ratio n, whatever the rounds', () => {
    fc.assert(
      fc.property(
        fc.array(times, { minLength: 1 }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (all, factor) => {
          const row = compared(
            measured(all.map((each) => ({ before: each, here: each.map((x) => x * factor), after: each }))),
          );
          for (const { ratio, itself } of [row.medians, row.minima]) {
            close(ratio.low, factor);
            close(ratio.middle, factor);
            close(ratio.high, factor);
            expect(itself).toEqual({ middle: 1, low: 1, high: 1 });
          }
        },
      ),
    );
  });

  test('a machine that slows down between processes changes no ratio of builds', () => {
    fc.assert(
      fc.property(time, fc.double({ min: 0.5, max: 2, noNaN: true }), (ms, drift) => {
        const row = compared(measured([{ before: [ms], here: [ms * drift], after: [ms * drift * drift] }]));
        close(row.medians.ratio.middle, 1);
        close(row.medians.itself.middle, drift * drift);
      }),
    );
  });

  test('the middle of ratios lies between the smallest and the largest, and milliseconds among those measured', () => {
    fc.assert(
      fc.property(rounds, (all) => {
        const { medians, minima } = compared(measured(all));
        for (const { ratio, itself } of [medians, minima])
          for (const { low, middle, high } of [ratio, itself]) {
            expect(low).toBeLessThanOrEqual(middle);
            expect(middle).toBeLessThanOrEqual(high);
          }
        expect(minima.here).toBeLessThanOrEqual(Math.max(...all.flatMap(({ here }) => here)));
        expect(medians.revision).toBeGreaterThanOrEqual(
          Math.min(...all.flatMap(({ before, after }) => [...before, ...after])),
        );
      }),
    );
  });

  test('takes medians and minima of each process, and pairs by name', () => {
    const [step, closed] = makeRows(
      ['step', 'closed'],
      [
        {
          before: [
            { name: 'closed', times: [1] },
            { name: 'step', times: [1, 4, 9] },
          ],
          here: [
            { name: 'step', times: [6, 2, 100] },
            { name: 'closed', times: [3] },
          ],
          after: [
            { name: 'step', times: [9, 16, 4] },
            { name: 'closed', times: [1] },
          ],
        },
      ],
    );
    expect(step).toMatchObject({
      name: 'step',
      medians: { revision: 6.5, here: 6, ratio: { middle: 1 }, itself: { middle: 9 / 4 } },
      minima: { revision: 2.5, here: 2, ratio: { middle: 1 }, itself: { middle: 4 } },
      rounds: [{ before: [1, 4, 9], here: [6, 2, 100], after: [9, 16, 4] }],
    });
    expect(closed).toMatchObject({ name: 'closed', medians: { ratio: { middle: 3 } } });
  });

  test('names the build that failed, in whatever round', () => {
    const fine: Round = {
      before: [{ name: 'step', times: [1] }],
      here: [{ name: 'step', times: [1] }],
      after: [{ name: 'step', times: [1] }],
    };
    const broken = [{ name: 'step', times: [], failure: 'out of memory' }];
    const failures = (all: readonly Round[]) => makeRows(['step'], all);
    expect(failures([fine, { ...fine, here: broken }])).toEqual([
      { name: 'step', failure: 'this build: out of memory' },
    ]);
    expect(failures([{ ...fine, after: broken }, fine])).toEqual([
      { name: 'step', failure: 'the revision: out of memory' },
    ]);
    expect(failures([{ ...fine, before: [] }])).toEqual([
      { name: 'step', failure: 'the revision: not measured' },
    ]);
  });
});

test('measureSpread is invariant to the order', () => {
  expect(measureSpread([3, 1, 2])).toEqual({ low: 1, middle: 2, high: 3 });
  expect(measureSpread([])).toEqual({ low: Number.NaN, middle: Number.NaN, high: Number.NaN });
});

test('verdict: different means outside the range of the revision against itself, in both directions', () => {
  const spread = (low: number, middle: number, high: number) => ({ low, middle, high });
  const say = (middle: number, low: number, high: number) =>
    verdict({
      ratio: spread(middle, middle, middle),
      itself: spread(low, 1, high),
    } as Comparison);
  expect(say(1.06, 0.98, 1.05)).toBe('slower');
  expect(say(1.05, 0.98, 1.05)).toBe('same');
  expect(say(1.05, 0.9, 1.01)).toBe('same');
  expect(say(0.96, 0.98, 1.05)).toBe('same');
  expect(say(0.94, 0.98, 1.05)).toBe('faster');
});

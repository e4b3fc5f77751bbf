import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Schedule, schedule } from '../../src/optimizers/index.ts';
import { expectNumbers } from '../support/numbers.ts';

const values = (of: Schedule, steps: number): readonly number[] =>
  Array.from({ length: steps }, (_, step) => of(step));

const value = fc.double({ min: -100, max: 100, noNaN: true });
const steps = fc.integer({ min: 1, max: 50 });

/** Equal up to the rounding of a few operations. */
const close = (actual: number, expected: number, scale: number): void =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-13 * Math.max(1, scale));

/** Whether numbers never fall, or never rise, up to rounding. */
const isMonotone = (numbers: readonly number[], sign: number): boolean =>
  numbers.slice(1).every((x, index) => sign * (x - numbers[index]!) >= -1e-12);

// The expected numbers are those of optax/schedules/_schedule_test.py and _join_test.py, and of optax's doc comments.
describe('schedules have the values of optax', () => {
  const twice = (f: (x: number) => number, xs: readonly number[]) => xs.map(f);

  it.each<[string, Schedule, readonly number[]]>([
    ['constant', schedule.constant(10), Array.from({ length: 15 }, () => 10)],
    [
      'linear',
      schedule.linear({ from: 10, to: 20, steps: 10 }),
      [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20, 20, 20, 20],
    ],
    [
      'linear with begin',
      schedule.linear({ from: 30, to: 10, steps: 10, begin: 4 }),
      [30, 30, 30, 30, 30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 10],
    ],
    [
      'cosine',
      schedule.cosine({ from: 0.1, steps: 5 }),
      twice((x) => 0.1 * (0.5 + 0.5 * Math.cos(Math.PI * x)), [0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1, 1, 1]),
    ],
    [
      'cosine with alpha = 0.1',
      schedule.cosine({ from: 0.1, to: 0.01, steps: 5 }),
      twice(
        (x) => 0.1 * (0.9 * (0.5 + 0.5 * Math.cos(Math.PI * x)) + 0.1),
        [0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1, 1, 1],
      ),
    ],
    ['exponential', schedule.exponential({ from: 32, rate: 0.5, steps: 1 }), [32, 16, 8, 4, 2]],
    [
      'exponential in stairs',
      schedule.exponential({ from: 1, rate: 2, steps: 2, staircase: true }),
      [1, 1, 2, 2, 4, 4, 8],
    ],
    [
      'exponential with a lower bound',
      schedule.exponential({ from: 1, rate: 0.2, steps: 2, to: 0.1 }),
      [1, Math.sqrt(0.2), 0.2, 0.1, 0.1],
    ],
    [
      'exponential with an upper bound',
      schedule.exponential({ from: 1, rate: 2, steps: 2, to: 3, staircase: true }),
      [1, 1, 2, 2, 3, 3],
    ],
    [
      'piecewise',
      schedule.piecewise({ from: 0.1, factors: { 3: 2, 6: 0.5 } }),
      [0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1],
    ],
    [
      'piecewise, negative',
      schedule.piecewise({ from: -0.1, factors: { 6: 0.5, 3: 2 } }),
      [-0.1, -0.1, -0.1, -0.2, -0.2, -0.2, -0.1, -0.1, -0.1, -0.1],
    ],
    [
      'join',
      schedule.join([schedule.constant(1), schedule.constant(2), schedule.constant(1)], [3, 6]),
      [1, 1, 1, 2, 2, 2, 1],
    ],
  ])('%s', (_, given, expected) => {
    expectNumbers(values(given, expected.length), expected, 1e-14);
  });

  it('warmupCosine', () => {
    const at = (from: number, peak: number, to: number) =>
      [0, 100, 1000].map(schedule.warmupCosine({ from, peak, to, warmup: 100, steps: 1000 }));
    expect(at(10, 0.5, 1e-4)).toEqual([10, 0.5, 1e-4]);
    expect(at(5, 3, 0)).toEqual([5, 3, 0]);
    // Of the linear part, exact to float32's rounding.
    expectNumbers(
      [0, 10, 50].map(schedule.warmupCosine({ from: 0.2, peak: 1.21, to: -3, warmup: 50, steps: 100 })),
      [0.20000004768371582, 0.4020000100135803, 1.2100000381469727],
      1e-7,
    );
  });
});

describe('schedules', () => {
  it('match their closed forms', () => {
    fc.assert(
      fc.property(value, value, steps, fc.integer({ min: 0, max: 60 }), (from, to, length, step) => {
        const part = Math.min(step / length, 1);
        const scale = Math.abs(from) + Math.abs(to);
        close(schedule.linear({ from, to, steps: length })(step), from + (to - from) * part, scale);
        close(
          schedule.cosine({ from, to, steps: length })(step),
          to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2,
          scale,
        );
        close(
          schedule.exponential({ from, rate: 0.3, steps: length })(step),
          from * Math.exp((Math.log(0.3) * step) / length),
          scale,
        );
      }),
    );
  });

  it('stay between their ends, reach both exactly, and never turn', () => {
    fc.assert(
      fc.property(value, value, steps, fc.integer({ min: 0, max: 9 }), (from, to, length, begin) => {
        const line = schedule.linear({ from, to, steps: length, begin });
        const curve = schedule.cosine({ from, to, steps: length });
        const [low, high] = [Math.min(from, to) - 1e-12, Math.max(from, to) + 1e-12];
        for (const [of, last] of [
          [line, begin + length],
          [curve, length],
        ] as const) {
          const all = values(of, last + 5);
          expect(all[0]! + 0).toBe(from + 0);
          for (const end of all.slice(last)) expect(end + 0).toBe(to + 0);
          expect(all.every((x) => x >= low && x <= high)).toBe(true);
          expect(isMonotone(all, Math.sign(to - from))).toBe(true);
        }
      }),
    );
  });

  it('warmupCosine is linear and cosine, joined', () => {
    const more = fc.integer({ min: 0, max: 30 });
    fc.assert(
      fc.property(value, value, value, more, steps, (from, peak, to, warmup, rest) => {
        const both = schedule.warmupCosine({ from, peak, to, warmup, steps: warmup + rest });
        const curve = schedule.cosine({ from: peak, to, steps: rest });
        const parts =
          warmup === 0
            ? curve
            : schedule.join([schedule.linear({ from, to: peak, steps: warmup }), curve], [warmup]);
        expect(values(both, warmup + rest + 3)).toEqual(values(parts, warmup + rest + 3));
      }),
    );
  });

  it('that are joined count from their own first step', () => {
    const lengths = fc.array(steps, { minLength: 0, maxLength: 4 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 0, max: 200 }), (parts, step) => {
        const boundaries = parts.map((_, index) => parts.slice(0, index + 1).reduce((a, b) => a + b, 0));
        const all = [...parts, 0].map(
          (_, index): Schedule =>
            (own) =>
              1000 * index + own,
        );
        const index = boundaries.filter((boundary) => boundary <= step).length;
        expect(schedule.join(all, boundaries)(step)).toBe(
          1000 * index + step - (index === 0 ? 0 : boundaries[index - 1]!),
        );
      }),
    );
  });

  it('multiply by all factors so far, in whatever order they are given', () => {
    const factors = fc.dictionary(
      fc.integer({ min: 0, max: 40 }).map(String),
      fc.double({ min: 0, max: 3, noNaN: true }),
    );
    fc.assert(
      fc.property(value, factors, fc.integer({ min: 0, max: 50 }), (from, given, step) => {
        const expected = Object.entries(given).reduce(
          (product, [at, factor]) => (Number(at) <= step ? product * factor : product),
          from,
        );
        close(schedule.piecewise({ from, factors: given })(step), expected, Math.abs(expected));
      }),
    );
  });
});

describe('arguments of schedules', () => {
  const wrong = (call: () => unknown): string => {
    try {
      call();
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing';
  };

  it('must be finite values and counts of steps', () => {
    const ends = { from: 1, to: 0, steps: 10 };
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, '1', null]) {
      const given = bad as number;
      expect(wrong(() => schedule.constant(given))).toMatch(/^schedule.constant: value must be a finite/);
      expect(wrong(() => schedule.linear({ ...ends, from: given }))).toMatch(
        /^schedule.linear: from must be/,
      );
      expect(wrong(() => schedule.cosine({ ...ends, to: given }))).toMatch(/^schedule.cosine: to must be/);
      expect(wrong(() => schedule.warmupCosine({ peak: given, warmup: 1, steps: 2 }))).toMatch(
        /^schedule.warmupCosine: peak must be a finite number, got/,
      );
      expect(wrong(() => schedule.piecewise({ from: given, factors: {} }))).toMatch(
        /^schedule.piecewise: from must be/,
      );
    }
    for (const bad of [0, -1, 2.5, Number.NaN, '3']) {
      const given = { from: 1, to: 0, rate: 0.5, steps: bad as number };
      const { rate: _, ...line } = given;
      const { to: __, ...decay } = given;
      expect(wrong(() => schedule.linear(line))).toMatch(
        /^schedule.linear: steps must be a positive integer/,
      );
      expect(wrong(() => schedule.cosine(line))).toMatch(
        /^schedule.cosine: steps must be a positive integer/,
      );
      expect(wrong(() => schedule.exponential(decay))).toMatch(
        /^schedule.exponential: steps must be a positive/,
      );
    }
  });

  it.each<[string, () => unknown]>([
    [
      'schedule.linear: begin must be an integer, 0 or above, got -1',
      () => schedule.linear({ from: 1, to: 0, steps: 10, begin: -1 }),
    ],
    [
      'schedule.warmupCosine: steps must be above warmup, which is 10, got 10',
      () => schedule.warmupCosine({ peak: 1, warmup: 10, steps: 10 }),
    ],
    [
      'schedule.warmupCosine: warmup must be an integer, 0 or above, got 0.5',
      () => schedule.warmupCosine({ peak: 1, warmup: 0.5, steps: 10 }),
    ],
    [
      'schedule.exponential: rate must be a finite number above 0, got 0',
      () => schedule.exponential({ from: 1, rate: 0, steps: 10 }),
    ],
    [
      "schedule.exponential: staircase must be true or false, got 'yes'",
      () => schedule.exponential({ from: 1, rate: 1, steps: 10, staircase: 'yes' as never }),
    ],
    [
      'schedule.piecewise: factors must be a record of factors by step, got null',
      () => schedule.piecewise({ from: 1, factors: null as never }),
    ],
    [
      'schedule.piecewise: factor of step 3 must be a finite number of at least 0, got -2',
      () => schedule.piecewise({ from: 1, factors: { 3: -2 } }),
    ],
    [
      "schedule.piecewise: names of factors must be steps, such as 100, got '1.5'",
      () => schedule.piecewise({ from: 1, factors: { 1.5: 2 } }),
    ],
    ['schedule.join: schedules must be a list of at least one schedule, got []', () => schedule.join([], [])],
    [
      'schedule.join: schedule 1 must be a function of the step, got 0.1',
      () => schedule.join([schedule.constant(1), 0.1 as never], [3]),
    ],
    [
      'schedule.join: boundaries must be a list of 1 increasing steps above 0, got []',
      () => schedule.join([schedule.constant(1), schedule.constant(2)], []),
    ],
    [
      'schedule.join: boundaries must be a list of 2 increasing steps above 0, got [5, 5]',
      () => schedule.join([1, 2, 3].map(schedule.constant), [5, 5]),
    ],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });
});

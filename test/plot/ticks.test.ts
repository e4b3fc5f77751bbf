import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extent, logExtent } from '../../src/plot/interval.ts';
import { linearTicks, logTicks, roundOut } from '../../src/plot/ticks.ts';

const value = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(0, 1e9, -1e9, 1e-9, 3.4e38, -3.4e38, 1e-45),
);
const interval = fc.array(value, { minLength: 1, maxLength: 5 }).map((values) => extent(values));
const most = fc.integer({ min: 1, max: 12 });

/** A step is round if its leading digit is 1, 2 or 5 and nothing but zeros follows. */
const leading = (step: number): string => step.toExponential(6).replace(/\.?0*e.*/, '');

describe('ticks of a linear axis', () => {
  it('are round, equidistant, inside, and as many as fit', () => {
    fc.assert(
      fc.property(interval, most, ([low, high], count) => {
        const values = linearTicks([low, high], count).ticks.map((tick) => tick.value);
        const slack = 1e-8 * (high - low) + 1e-15 * Math.max(Math.abs(low), Math.abs(high));
        expect(values.length).toBeLessThanOrEqual(count + 1);
        for (const each of values) {
          expect(each).toBeGreaterThanOrEqual(low - slack);
          expect(each).toBeLessThanOrEqual(high + slack);
        }
        const [first, second] = values;
        if (first === undefined || second === undefined) return;
        const step = (values.at(-1)! - first) / (values.length - 1);
        // Near numbers as large as 1e9 times their distance the step is known to fewer digits.
        if (Math.abs(first) < 1e4 * step) expect(['1', '2', '5']).toContain(leading(step));
        expect(first - step).toBeLessThan(low + slack);
        expect(values.at(-1)! + step).toBeGreaterThan(high - slack);
      }),
    );
  });

  it('have distinct labels that equal the values', () => {
    fc.assert(
      fc.property(interval, most, (ends, count) => {
        const { ticks, factor } = linearTicks(ends, count);
        expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length);
        const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
        const digits = [...(factor ?? '×10⁰').slice(3)].map((c) =>
          c === '⁻' ? '-' : superscripts.indexOf(c),
        );
        const unit = 10 ** Number(digits.join(''));
        for (const tick of ticks) {
          const meant = Number(tick.text.replace('−', '-')) * unit;
          expect(Math.abs(meant - tick.value)).toBeLessThanOrEqual(
            1e-9 * (ends[1] - ends[0]) + 1e-12 * Math.abs(meant),
          );
        }
      }),
    );
  });

  it.each([
    [[0, 1], 5, ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']],
    [[-3, 7], 4, ['0', '5']],
    [[0, 250000], 4, ['0', '1', '2']],
    [[-2e-9, 2e-9], 4, ['−2', '−1', '0', '1', '2']],
    [[0.9, 1.1], 2, ['0.9', '1.0', '1.1']],
  ] as const)('of %s, at most %i steps, are %s', (ends, count, expected) => {
    expect(linearTicks([ends[0], ends[1]], count).ticks.map(({ text }) => text)).toEqual(expected);
  });

  it('show the power of ten that they factor out', () => {
    expect(linearTicks([0, 250000], 4).factor).toBe('×10⁵');
    expect(linearTicks([-2e-9, 2e-9], 4).factor).toBe('×10⁻⁹');
    expect(linearTicks([0, 90000], 4).factor).toBeUndefined();
  });
});

describe('an axis with rounded ends', () => {
  it('contains its interval and is not much longer', () => {
    fc.assert(
      fc.property(interval, ([low, high]) => {
        const [from, to] = roundOut([low, high]);
        const slack = 1e-8 * (high - low) + 1e-15 * Math.max(Math.abs(low), Math.abs(high));
        expect(from).toBeLessThanOrEqual(low + slack);
        expect(to).toBeGreaterThanOrEqual(high - slack);
        expect(to - from).toBeLessThanOrEqual(1.25 * (high - low) + slack);
      }),
    );
  });
});

describe('ticks of a log axis', () => {
  const positive = fc.array(fc.float({ min: Math.fround(1e-37), noNaN: true, noDefaultInfinity: true }), {
    minLength: 1,
    maxLength: 4,
  });

  it('are inside, ascending, and few', () => {
    fc.assert(
      fc.property(positive, most, (values, count) => {
        const [low, high] = logExtent(values);
        const ticks = logTicks([low, high], count).ticks.map((tick) => tick.value);
        expect(ticks.length).toBeLessThanOrEqual(count + 1);
        for (const [i, each] of ticks.entries()) {
          expect(each).toBeGreaterThanOrEqual(low * (1 - 1e-6));
          expect(each).toBeLessThanOrEqual(high * (1 + 1e-6));
          if (i > 0) expect(each).toBeGreaterThan(ticks[i - 1]!);
        }
      }),
    );
  });

  it.each([
    [[1, 1000], 6, ['1', '10', '100', '1000']],
    [[1e-6, 1e6], 4, ['10⁻⁶', '0.001', '1', '1000', '10⁶']],
    [[1, 60], 6, ['1', '2', '5', '10', '20', '50']],
    [[20, 30], 5, ['20', '22', '24', '26', '28', '30']],
  ] as const)('of %s, at most %i steps, are %s', (ends, count, expected) => {
    expect(logTicks([ends[0], ends[1]], count).ticks.map(({ text }) => text)).toEqual(expected);
  });
});

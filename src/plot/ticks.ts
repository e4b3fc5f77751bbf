import type { Interval } from './interval.ts';

/** A position on an axis, and its text. */
export interface Tick {
  readonly value: number;
  readonly text: string;
}

/** The ticks of an axis, and the power of ten to multiply their numbers by, if any. */
export interface Ticks {
  readonly ticks: readonly Tick[];
  readonly factor?: string;
}

/** `mantissa * 10^exponent`. */
interface Step {
  readonly mantissa: 1 | 2 | 5;
  readonly exponent: number;
}

/** Exact for negative exponents too: `3 / 10`, where `3 * 0.1` is not 0.3. */
const times10 = (value: number, exponent: number): number =>
  exponent < 0 ? value / 10 ** -exponent : value * 10 ** exponent;

/** The smallest of 1, 2 and 5 times a power of ten that fits at most `most` times into a length. */
const stepFor = (length: number, most: number): Step => {
  const exponent = Math.floor(Math.log10(length / most));
  const steps: readonly Step[] = [
    { mantissa: 1, exponent },
    { mantissa: 2, exponent },
    { mantissa: 5, exponent },
  ];
  // The margin keeps rounding from losing a step that fits exactly.
  const fits = ({ mantissa }: Step) => length <= most * times10(mantissa, exponent) * (1 + 1e-9);
  return steps.find(fits) ?? { mantissa: 1, exponent: exponent + 1 };
};

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A power of ten as text: `10⁻³`. */
const powerOfTen = (exponent: number): string =>
  `10${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((digit) => superscripts[Number(digit)]).join('')}`;

const fixed = (value: number, decimals: number): string => value.toFixed(decimals).replace('-', '−');

/** Numbers outside this range are written with a power of ten. */
const plainRange = { above: 1e5, below: 1e-3 };

const withTexts = (values: readonly number[], exponent: number): Ticks => {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0 || (largest < plainRange.above && largest >= plainRange.below)) {
    const decimals = Math.max(0, -exponent);
    return { ticks: values.map((value) => ({ value, text: fixed(value, decimals) })) };
  }
  const power = Math.floor(Math.log10(largest));
  const decimals = Math.min(Math.max(0, power - exponent), 100);
  return {
    ticks: values.map((value) => ({ value, text: fixed(times10(value, -power), decimals) })),
    factor: `×${powerOfTen(power)}`,
  };
};

/** Ticks in an interval at round numbers (1, 2 or 5 times a power of ten apart), with at most `most` steps. */
export const linearTicks = ([low, high]: Interval, most: number): Ticks => {
  const { mantissa, exponent } = stepFor(high - low, most);
  const step = times10(mantissa, exponent);
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  const values = Array.from({ length: last - first + 1 }, (_, i) =>
    times10((first + i) * mantissa, exponent),
  );
  return withTexts(values, exponent);
};

/** The ends of an axis need no number, so they may be finer than its ticks. */
const FINE = 20;

/** The interval, extended at both ends to nearby round numbers. */
export const roundOut = ([low, high]: Interval): Interval => {
  const { mantissa, exponent } = stepFor(high - low, FINE);
  const step = times10(mantissa, exponent);
  return [
    times10(Math.floor(low / step + 1e-9) * mantissa, exponent),
    times10(Math.ceil(high / step - 1e-9) * mantissa, exponent),
  ];
};

const plainOrPower = (exponent: number): string =>
  exponent >= -3 && exponent <= 4 ? String(times10(1, exponent)) : powerOfTen(exponent);

/** Ticks on a log scale: powers of ten, or 1, 2 and 5 times those if there are few, or round numbers. */
export const logTicks = ([low, high]: Interval, most: number): Ticks => {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const decades = last - first;
  if (decades >= 2) {
    const stride = Math.ceil(decades / most);
    const exponents = Array.from({ length: Math.floor(decades / stride) + 1 }, (_, i) => first + i * stride);
    return {
      ticks: exponents.map((exponent) => ({ value: times10(1, exponent), text: plainOrPower(exponent) })),
    };
  }
  const values = Array.from({ length: decades + 3 }, (_, i) => first - 1 + i).flatMap((exponent) =>
    [1, 2, 5].map((mantissa) => times10(mantissa, exponent)),
  );
  const inside = values.filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
  return inside.length >= 3 && inside.length <= most + 1
    ? withTexts(inside, Math.floor(Math.log10(inside[0] ?? low)))
    : linearTicks([low, high], most);
};

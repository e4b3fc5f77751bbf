import {
  finiteNumber,
  invalidArgument,
  isCount,
  knownOptions,
  nonNegativeNumber,
  type OptionNames,
  positiveInteger,
  positiveNumber,
  type Schedule,
} from '../check/index.ts';

/**
 * A value between two ends. The weights are such that both ends are exact: `from` at a `progress` of 0, `to` at 1.
 */
const between = (from: number, to: number, progress: number): number => (1 - progress) * from + progress * to;

/** The part of `steps` that is done, from 0 to 1. */
const done = (step: number, steps: number): number => Math.min(Math.max(step / steps, 0), 1);

/** Half a period of a cosine, from `from` to `to`. */
const halfCosine = (from: number, to: number, progress: number): number =>
  between(from, to, (1 - Math.cos(Math.PI * progress)) / 2);

/**
 * The same value at every step (optax's `constant_schedule`).
 *
 * @throws Error if the value is not finite
 * @example
 * console.log(schedule.constant(0.1)(1000)); // 0.1
 */
export const constant = (value: number): Schedule => {
  finiteNumber('schedule.constant: value', value);
  return () => value;
};

/** Options of `schedule.linear`. */
export interface LinearOptions {
  /** The value at first. */
  readonly from: number;
  /** The value at the end, and from then on. */
  readonly to: number;
  /** The number of steps from the first value to the last. */
  readonly steps: number;
  /** The step at which the value begins to change; default 0. */
  readonly begin?: number;
}

const linearOptionNames: OptionNames<LinearOptions> = { from: true, to: true, steps: true, begin: true };

/**
 * A straight line: `from + (to - from) (step - begin) / steps`, constant before and after (optax's `linear_schedule`).
 *
 * @throws Error if `from` or `to` is not finite, or `steps` or `begin` is not a count of steps
 * @example
 * const rise = schedule.linear({ from: 0, to: 1, steps: 100 });
 * console.log(rise(0), rise(25), rise(200)); // 0 0.25 1
 */
export const linear = (options: LinearOptions): Schedule => {
  const { from, to, steps, begin = 0 } = knownOptions('schedule.linear', options, linearOptionNames);
  finiteNumber('schedule.linear: from', from);
  finiteNumber('schedule.linear: to', to);
  positiveInteger('schedule.linear: steps', steps);
  if (!isCount(begin)) invalidArgument('schedule.linear: begin', 'an integer, 0 or above', begin);
  return (step) => between(from, to, done(step - begin, steps));
};

/** Options of `schedule.cosine`. */
export interface CosineOptions {
  /** The value at first. */
  readonly from: number;
  /** The value at the end, and from then on; default 0. */
  readonly to?: number;
  /** The number of steps from the first value to the last. */
  readonly steps: number;
}

const cosineOptionNames: OptionNames<CosineOptions> = { from: true, to: true, steps: true };

/**
 * Half a period of a cosine: `to + (from - to) (1 + cos(pi step / steps)) / 2`, then `to` (Loshchilov & Hutter, SGDR:
 * stochastic gradient descent with warm restarts, 2017, eq. 5; optax's `cosine_decay_schedule`, whose `alpha` is
 * `to / from`).
 *
 * @throws Error if `from` or `to` is not finite, or `steps` is not a positive integer
 * @example
 * const rate = schedule.cosine({ from: 0.5, steps: 1000 });
 * console.log(rate(0), rate(500), rate(1000)); // 0.5 0.25 0
 */
export const cosine = (options: CosineOptions): Schedule => {
  const { from, to = 0, steps } = knownOptions('schedule.cosine', options, cosineOptionNames);
  finiteNumber('schedule.cosine: from', from);
  finiteNumber('schedule.cosine: to', to);
  positiveInteger('schedule.cosine: steps', steps);
  return (step) => halfCosine(from, to, done(step, steps));
};

/** Options of `schedule.warmupCosine`. */
export interface WarmupCosineOptions {
  /** The value at first; default 0. */
  readonly from?: number;
  /** The value at the end of the warm-up. */
  readonly peak: number;
  /** The value at the end, and from then on; default 0. */
  readonly to?: number;
  /** The number of steps from `from` to `peak`; 0 for none. */
  readonly warmup: number;
  /** The number of all steps, the warm-up included: more than `warmup`. */
  readonly steps: number;
}

const warmupCosineOptionNames: OptionNames<WarmupCosineOptions> = {
  from: true,
  peak: true,
  to: true,
  warmup: true,
  steps: true,
};

/**
 * A straight line from `from` to `peak` over `warmup` steps, and then half a period of a cosine to `to` over the rest of
 * `steps` (optax's `warmup_cosine_decay_schedule`).
 *
 * @throws Error if a value is not finite, `warmup` is not a count of steps, or `steps` is not an integer above it
 * @example
 * const rate = schedule.warmupCosine({ peak: 0.5, warmup: 100, steps: 1100 });
 * console.log(rate(50), rate(100), rate(600), rate(1100)); // 0.25 0.5 0.25 0
 */
export const warmupCosine = (options: WarmupCosineOptions): Schedule => {
  const fn = 'schedule.warmupCosine';
  const { from = 0, peak, to = 0, warmup, steps } = knownOptions(fn, options, warmupCosineOptionNames);
  finiteNumber(`${fn}: from`, from);
  finiteNumber(`${fn}: peak`, peak);
  finiteNumber(`${fn}: to`, to);
  if (!isCount(warmup)) invalidArgument(`${fn}: warmup`, 'an integer, 0 or above', warmup);
  positiveInteger(`${fn}: steps`, steps);
  if (steps <= warmup) invalidArgument(`${fn}: steps`, `above warmup, which is ${warmup}`, steps);
  return (step) =>
    step < warmup
      ? between(from, peak, done(step, warmup))
      : halfCosine(peak, to, done(step - warmup, steps - warmup));
};

/** Options of `schedule.exponential`. */
export interface ExponentialOptions {
  /** The value at first. */
  readonly from: number;
  /** The factor by which the value changes in `steps` steps, above 0. */
  readonly rate: number;
  /** The number of steps in which the value changes by `rate`. */
  readonly steps: number;
  /** Whether the value changes only every `steps` steps, by `rate` at once; default false. */
  readonly staircase?: boolean;
  /** A bound of the values: the lowest if `rate` is below 1, and else the highest; default none. */
  readonly to?: number;
}

const exponentialOptionNames: OptionNames<ExponentialOptions> = {
  from: true,
  rate: true,
  steps: true,
  staircase: true,
  to: true,
};

/**
 * Exponential decay, or growth if `rate` is above 1: `from rate^(step / steps)`, with `staircase` only whole powers
 * (optax's `exponential_decay`).
 *
 * @throws Error if `from` or `to` is not finite, `rate` is not above 0, or `steps` is not a positive integer
 * @example
 * const rate = schedule.exponential({ from: 1, rate: 0.5, steps: 10, to: 0.1 });
 * console.log(rate(0), rate(10), rate(20), rate(1000)); // 1 0.5 0.25 0.1
 */
export const exponential = (options: ExponentialOptions): Schedule => {
  const fn = 'schedule.exponential';
  const { from, rate, steps, staircase = false, to } = knownOptions(fn, options, exponentialOptionNames);
  finiteNumber(`${fn}: from`, from);
  positiveNumber(`${fn}: rate`, rate);
  positiveInteger(`${fn}: steps`, steps);
  if (typeof staircase !== 'boolean') invalidArgument(`${fn}: staircase`, 'true or false', staircase);
  if (to !== undefined) finiteNumber(`${fn}: to`, to);
  const bounded = (value: number): number => {
    if (to === undefined) return value;
    return rate < 1 ? Math.max(value, to) : Math.min(value, to);
  };
  return (step) => {
    const power = Math.max(step, 0) / steps;
    return bounded(from * rate ** (staircase ? Math.floor(power) : power));
  };
};

/** Options of `schedule.piecewise`. */
export interface PiecewiseOptions {
  /** The value at first. */
  readonly from: number;
  /** Factors, 0 or above, by the step from which each applies: the value is `from` times all factors so far. */
  readonly factors: { readonly [step: number]: number };
}

const piecewiseOptionNames: OptionNames<PiecewiseOptions> = { from: true, factors: true };

/**
 * Constant pieces: `from` times the product of the factors of all steps up to this one (optax's
 * `piecewise_constant_schedule`).
 *
 * @throws Error if `from` is not finite, a factor is below 0, or its name is not a count of steps
 * @example
 * const rate = schedule.piecewise({ from: 8, factors: { 100: 0.5, 200: 0.25 } });
 * console.log(rate(99), rate(100), rate(200)); // 8 4 1
 */
export const piecewise = (options: PiecewiseOptions): Schedule => {
  const { from, factors } = knownOptions('schedule.piecewise', options, piecewiseOptionNames);
  finiteNumber('schedule.piecewise: from', from);
  if (typeof factors !== 'object' || factors === null)
    invalidArgument('schedule.piecewise: factors', 'a record of factors by step', factors);
  const pieces = Object.entries(factors).map(([name, factor]) => {
    const step = Number(name);
    if (!isCount(step) || String(step) !== name)
      invalidArgument('schedule.piecewise: names of factors', 'steps, such as 100', name);
    return { step, factor: nonNegativeNumber(`schedule.piecewise: factor of step ${step}`, factor) };
  });
  return (at) => pieces.reduce((value, { step, factor }) => (at < step ? value : value * factor), from);
};

/**
 * One schedule after another. The schedules count their steps from their own first one: at `boundaries[i]` the schedule
 * `i + 1` takes over with a step of 0 (optax's `join_schedules`).
 *
 * @throws Error without a schedule, or if the boundaries are not increasing counts of steps, one fewer than the schedules
 * @example
 * const rise = schedule.linear({ from: 0, to: 1, steps: 10 });
 * const rate = schedule.join([rise, schedule.constant(1)], [10]);
 * console.log(rate(5), rate(10), rate(20)); // 0.5 1 1
 */
export const join = (schedules: readonly Schedule[], boundaries: readonly number[]): Schedule => {
  if (!Array.isArray(schedules) || schedules.length === 0)
    invalidArgument('schedule.join: schedules', 'a list of at least one schedule', schedules);
  for (const [index, each] of schedules.entries())
    if (typeof each !== 'function')
      invalidArgument(`schedule.join: schedule ${index}`, 'a function of the step', each);
  const increasing =
    Array.isArray(boundaries) &&
    boundaries.every((boundary, index) => isCount(boundary) && boundary > (boundaries[index - 1] ?? 0));
  if (!increasing || boundaries.length !== schedules.length - 1) {
    const count = schedules.length - 1;
    invalidArgument('schedule.join: boundaries', `a list of ${count} increasing steps above 0`, boundaries);
  }
  return (step) => {
    const past = boundaries.filter((boundary) => step >= boundary);
    return (schedules[past.length] as Schedule)(step - (past.at(-1) ?? 0));
  };
};

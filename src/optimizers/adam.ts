import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  knownOptions,
  nonNegativeNumber,
  type OptionNames,
  type Schedule,
} from '../check/index.ts';
import { type AdamApplyNumbers, type AdamNumbers, adamApplyKernel, adamKernel } from '../ops/adam.ts';
import { runKernel } from '../ops/engine.ts';
import { runsFused } from '../ops/runsFused.ts';
import { at, entries, map, type Tree, tidied, unflatten } from '../tree/index.ts';
import { chain, chainStates } from './chain.ts';
import { assertFits, type GradientTransformation, type Moved } from './gradientTransformation.ts';
import { descent, type ScaleState, scaleByLearningRate } from './scale.ts';

/** One Adam step for one tensor: its new moments and direction. */
export interface AdamStep {
  readonly first: tf.Tensor;
  readonly second: tf.Tensor;
  readonly direction: tf.Tensor;
}

/** A function of the moments and the gradient of one tensor. */
type Step = (first: tf.Tensor, second: tf.Tensor, gradient: tf.Tensor, numbers: AdamNumbers) => AdamStep;

const towards = (mean: tf.Tensor, value: tf.Tensor, rate: number): tf.Tensor =>
  tf.add(mean, tf.mul(tf.sub(value, mean), rate));

const plain: Step = (m, v, g, { rate1, rate2, coarse, tiny, scale, epsilon }) => {
  const first = tf.sub(tf.add(towards(m, g, rate1), coarse), coarse);
  const moved = tf.add(tf.mul(v, 1 - Math.fround(rate2)), tf.mul(tf.square(g), rate2));
  // `step` has a gradient, unlike a comparison. The difference from `tiny` may be denormal, which a GPU flushes to 0.
  const second = tf.mul(moved, tf.step(tf.sub(tf.mul(moved, 1 / tiny), 1)));
  const root = tf.mul(tf.sqrt(tf.maximum(second, tiny)), scale);
  // Infinity minus itself is NaN.
  const direction = tf.div(first, tf.add(root, tf.add(tf.sub(moved, moved), epsilon)));
  return { first, second, direction };
};

const inOnePass: Step = (first, second, gradient, numbers) => {
  const outputs = runKernel<tf.Tensor[]>(adamKernel, { first, second, gradient }, numbers);
  const [nextFirst, nextSecond, direction] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { first: nextFirst, second: nextSecond, direction };
};

/**
 * The moments moved towards the gradient and its square, and the resulting direction. The only place that chooses between
 * the kernel and plain operations. Results are bitwise equal, except for NaNs and for a GPU that fuses several operations.
 *
 * @example
 * const { direction } = adamStep(first, second, gradient, numbers);
 */
const adamStep: Step = (first, second, gradient, numbers) =>
  (runsFused(adamKernel, [first, second, gradient]) ? inOnePass : plain)(first, second, gradient, numbers);

/** A step that also moves a parameter, by its direction times a rate. Results are bitwise those of separate steps. */
const movedStep = (
  params: tf.Tensor,
  { first, second, gradient }: Readonly<Record<'first' | 'second' | 'gradient', tf.Tensor>>,
  { rate, inPlace, ...numbers }: AdamApplyNumbers,
): readonly [params: tf.Tensor, first: tf.Tensor, second: tf.Tensor] => {
  if (runsFused(adamApplyKernel, [params, first, second, gradient])) {
    const inputs = { params, first, second, gradient };
    return runKernel<tf.Tensor[]>(adamApplyKernel, inputs, { ...numbers, rate, inPlace }) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
  }
  const { direction, ...moments } = adamStep(first, second, gradient, numbers);
  return [tf.add(params, tf.mul(direction, rate)), moments.first, moments.second];
};

/**
 * The value, if it is a decay rate: a number in [0, 1).
 *
 * @throws Error naming the argument otherwise
 */
export const checkDecay = (argument: string, value: unknown): number =>
  typeof value === 'number' && value >= 0 && value < 1
    ? value
    : invalidArgument(argument, 'a number in [0, 1)', value);

/** Options of `scaleByAdam`. */
export interface ScaleByAdamOptions {
  /** Decay of the mean of gradients, in [0, 1); default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1); default 0.999. */
  readonly beta2?: number;
  /** Added to the square root of the second moment; default 1e-8. */
  readonly epsilon?: number;
}

/** The names of `ScaleByAdamOptions`. */
export const scaleByAdamOptionNames: OptionNames<ScaleByAdamOptions> = {
  beta1: true,
  beta2: true,
  epsilon: true,
};

/** The state of `scaleByAdam`: the number of updates and the running means, both trees like the parameters. */
export interface ScaleByAdamState {
  readonly step: number;
  /** The mean of gradients, before the bias correction. */
  readonly firstMoment: Tree<tf.Tensor>;
  /** The mean of squared gradients, before the bias correction. */
  readonly secondMoment: Tree<tf.Tensor>;
}

/**
 * Arithmetic with denormal numbers (below 2^-126) is up to a hundred times slower, and moments decay to them when gradients
 * vanish. A second moment below `tiny` is set to 0; adding and subtracting `coarse` rounds the first to multiples of its
 * last bit, 8e-31.
 */
const tiny = 2 ** -126;
const coarse = 1e-23;

/**
 * The numbers of each step, counted from 1.
 *
 * @throws Error naming `fn` if an option is out of range
 */
const adamNumbers = (
  fn: string,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: ScaleByAdamOptions,
): ((step: number) => AdamNumbers) => {
  checkDecay(`${fn}: beta1`, beta1);
  checkDecay(`${fn}: beta2`, beta2);
  nonNegativeNumber(`${fn}: epsilon`, epsilon);
  return (step) => {
    const correction1 = 1 - beta1 ** step;
    const correction2 = 1 - beta2 ** step;
    // m / correction1 / (sqrt(v / correction2) + epsilon), with the corrections as two numbers, not two passes.
    return {
      rate1: 1 - beta1,
      rate2: 1 - beta2,
      coarse,
      tiny,
      scale: correction1 / Math.sqrt(correction2),
      epsilon: epsilon * correction1,
    };
  };
};

/** The moments and the gradient of each parameter, as leaves of the trees in their order. */
const leavesOf = <P>(fn: string, gradient: P, state: ScaleByAdamState, params: P) => {
  assertFits(`${fn}: gradient`, gradient, params);
  if (typeof state !== 'object' || state === null)
    invalidArgument(`${fn}: state`, 'a state returned by init or update', state);
  assertFits(`${fn}: state.firstMoment`, state.firstMoment, params);
  assertFits(`${fn}: state.secondMoment`, state.secondMoment, params);
  return entries(state.firstMoment).map(({ path, tensor }) => ({
    path,
    first: tensor,
    second: at(path)(state.secondMoment) as tf.Tensor,
    gradient: at(path)(gradient) as tf.Tensor,
  }));
};

/**
 * `scaleByAdam` with the name of the called function in its errors.
 *
 * @throws Error naming `fn` instead of `scaleByAdam`
 * @example
 * adamDirection('adam', { beta2: 0.99 });
 */
export const adamDirection = (
  fn: string,
  options: ScaleByAdamOptions,
): GradientTransformation<ScaleByAdamState> => {
  const numbersAt = adamNumbers(fn, options);
  return {
    init: (params) => ({
      step: 0,
      firstMoment: map((x) => tf.zerosLike(x))(params) as Tree<tf.Tensor>,
      secondMoment: map((x) => tf.zerosLike(x))(params) as Tree<tf.Tensor>,
    }),
    update: <P>(gradient: P, state: ScaleByAdamState, params: P) => {
      const given = leavesOf(fn, gradient, state, params);
      const step = state.step + 1;
      const numbers = numbersAt(step);
      return tidied(() => {
        const steps = given.map(({ first, second, gradient }) => adamStep(first, second, gradient, numbers));
        const tree = unflatten(state.firstMoment);
        return {
          updates: tree(steps.map(({ direction }) => direction)) as P,
          state: {
            step,
            firstMoment: tree(steps.map(({ first }) => first)),
            secondMoment: tree(steps.map(({ second }) => second)),
          },
        };
      });
    },
  };
};

/**
 * Divides the running mean of gradients by the square root of the running mean of their squares, both bias-corrected
 * (Kingma & Ba, Adam: a method for stochastic optimization, 2015, algorithm 1). Means of gradients below about 1e-30 and
 * means of their squares below 1.2e-38 are set to 0, so they never become denormal: with an `epsilon` of 0, gradients
 * below 3e-18 give shorter steps than they should. If a square overflows float32 (a gradient above 1.8e19), the step is
 * NaN.
 *
 * @throws Error if an option is out of range, or a gradient does not fit the parameters or the state
 * @example
 * const adamLike = chain(scaleByAdam({ beta2: 0.99 }), scale(-1e-3));
 */
export const scaleByAdam = (options: ScaleByAdamOptions = {}): GradientTransformation<ScaleByAdamState> =>
  adamDirection('scaleByAdam', knownOptions('scaleByAdam', options, scaleByAdamOptionNames));

/** Options of `adam`. */
export interface AdamOptions extends ScaleByAdamOptions {
  /** The step size, about how far each parameter moves: a number above 0, or a schedule of numbers of at least 0. */
  readonly learningRate: number | Schedule;
}

const optionNames: OptionNames<AdamOptions> = { ...scaleByAdamOptionNames, learningRate: true };

/** The state of `adam`: its moments, and the state of its learning rate. */
export type AdamState = readonly [ScaleByAdamState, ScaleState];

/**
 * Adam (Kingma & Ba, Adam: a method for stochastic optimization, 2015).
 *
 * @throws Error if the learning rate is not above 0, or a beta or epsilon is out of range; in `update` for a value of the
 * schedule that is below 0 or not finite
 * @example
 * const optimizer = adam({ learningRate: 1e-3 });
 * const learningRate = schedule.cosine({ from: 1e-3, steps: 1000 });
 * const decaying = adam({ learningRate });
 */
export const adam = (options: AdamOptions): GradientTransformation<AdamState> => {
  const { learningRate, ...moments } = knownOptions('adam', options, optionNames);
  const numbersAt = adamNumbers('adam', moments);
  const rates = descent('adam', learningRate);
  const { update, ...parts } = chain<AdamState>(
    adamDirection('adam', moments),
    scaleByLearningRate('adam', learningRate),
  );
  const fused = <P>(gradient: P, state: AdamState, params: P, donate: boolean): Moved<P, AdamState> => {
    const [before, scaling] = chainStates(2, state);
    const given = leavesOf('adam', gradient, before, params);
    const { by: rate, next } = rates.at(scaling);
    const step = before.step + 1;
    const numbers = { ...numbersAt(step), rate, inPlace: donate };
    return tidied(() => {
      const steps = given.map(({ path, ...each }) => movedStep(at(path)(params) as tf.Tensor, each, numbers));
      const [moved, first, second] = [0, 1, 2].map((index) => steps.map((each) => each[index]!));
      const tree = unflatten(before.firstMoment);
      return {
        params: unflatten(params)(moved!),
        state: [{ step, firstMoment: tree(first!), secondMoment: tree(second!) }, next] as const,
      };
    });
  };
  return { ...parts, update: Object.assign(update, { fused }) };
};

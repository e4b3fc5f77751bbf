import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  knownOptions,
  nonNegativeNumber,
  type OptionNames,
  type Schedule,
} from '../check/index.ts';
import { type AdamNumbers, adamKernel } from '../ops/adam.ts';
import { runKernel } from '../ops/engine.ts';
import { hasKernel } from '../ops/registry.ts';
import { at, entries, map, type Tree, tidied, unflatten } from '../tree/index.ts';
import { chain } from './chain.ts';
import { assertFits, type GradientTransformation } from './gradientTransformation.ts';
import { type ScaleState, scaleByLearningRate } from './scale.ts';

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

/** The fused kernel has no gradient, so plain operations run under `tf.grad`. */
const differentiating = (): boolean => tf.engine().state.gradientDepth > 0;

/**
 * The moments moved towards the gradient and its square, and the resulting direction. The only place that chooses between
 * the kernel and plain operations. Results are bitwise equal, except for NaNs and for a GPU that fuses several operations.
 *
 * @example
 * const { direction } = adamStep(first, second, gradient, numbers);
 */
const adamStep: Step = (first, second, gradient, numbers) => {
  const floats = [first, second, gradient].every(({ dtype }) => dtype === 'float32');
  const fused = floats && !differentiating() && hasKernel(adamKernel);
  return (fused ? inOnePass : plain)(first, second, gradient, numbers);
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
 * `scaleByAdam` with the name of the called function in its errors.
 *
 * @throws Error naming `fn` instead of `scaleByAdam`
 * @example
 * adamDirection('adam', { beta2: 0.99 });
 */
export const adamDirection = (
  fn: string,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: ScaleByAdamOptions,
): GradientTransformation<ScaleByAdamState> => {
  checkDecay(`${fn}: beta1`, beta1);
  checkDecay(`${fn}: beta2`, beta2);
  nonNegativeNumber(`${fn}: epsilon`, epsilon);
  return {
    init: (params) => ({
      step: 0,
      firstMoment: map((x) => tf.zerosLike(x))(params) as Tree<tf.Tensor>,
      secondMoment: map((x) => tf.zerosLike(x))(params) as Tree<tf.Tensor>,
    }),
    update: <P>(gradient: P, state: ScaleByAdamState, params: P) => {
      assertFits(`${fn}: gradient`, gradient, params);
      if (typeof state !== 'object' || state === null)
        invalidArgument(`${fn}: state`, 'a state returned by init or update', state);
      assertFits(`${fn}: state.firstMoment`, state.firstMoment, params);
      assertFits(`${fn}: state.secondMoment`, state.secondMoment, params);
      const step = state.step + 1;
      const correction1 = 1 - beta1 ** step;
      const correction2 = 1 - beta2 ** step;
      // m / correction1 / (sqrt(v / correction2) + epsilon), with the corrections as two numbers, not two passes.
      const numbers = {
        rate1: 1 - beta1,
        rate2: 1 - beta2,
        coarse,
        tiny,
        scale: correction1 / Math.sqrt(correction2),
        epsilon: epsilon * correction1,
      };
      return tidied(() => {
        const steps = entries(state.firstMoment).map(({ path, tensor }) => {
          const [second, slope] = [at(path)(state.secondMoment), at(path)(gradient)] as [
            tf.Tensor,
            tf.Tensor,
          ];
          return adamStep(tensor, second, slope, numbers);
        });
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
 * const decaying = adam({ learningRate: schedule.cosine({ from: 1e-3, steps: 1000 }) });
 */
export const adam = (options: AdamOptions): GradientTransformation<AdamState> => {
  const { learningRate, ...moments } = knownOptions('adam', options, optionNames);
  const descend = scaleByLearningRate('adam', learningRate);
  return chain<AdamState>(adamDirection('adam', moments), descend);
};

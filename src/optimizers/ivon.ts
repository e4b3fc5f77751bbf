import * as tf from '@tensorflow/tfjs-core';
import { canReadSync } from '../backend/canReadSync.ts';
import {
  invalidArgument,
  isCount,
  knownOptions,
  nonNegativeNumber,
  numberOrSchedule,
  type OptionNames,
  positiveNumber,
  type Schedule,
  sameShape,
  valueAt,
} from '../check/index.ts';
import { runKernel } from '../ops/engine.ts';
import { type IvonNumbers, ivonApplyKernel, ivonKernel } from '../ops/ivon.ts';
import { runsFused } from '../ops/runsFused.ts';
import { at, isNode, isTensor, leaves, map, type Path, type Tree, tidied, zipWith } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { isTracer } from '../vmap/tracer.ts';
import { checkDecay } from './adam.ts';
import { assertFits, type GradientTransformation, type Moved } from './gradientTransformation.ts';

/** Options of `ivon`. */
export interface IvonOptions {
  /** The part of a Newton step that the means move: a number above 0, or a schedule of numbers of at least 0. */
  readonly learningRate: number | Schedule;
  /** Decay of the mean of gradients, in [0, 1); default 0.9. */
  readonly beta1?: number;
  /** Decay of the precisions, in [0, 1): they follow the data over about `1 / (1 - beta2)` steps. Default 0.9999. */
  readonly beta2?: number;
  /** The temperature of the loss, a number above 0, or the schedule that the loss has; default 1. */
  readonly temperature?: number | Schedule;
  /** The greatest size of a step in a mean before it is multiplied by the learning rate; default Infinity. */
  readonly clipRadius?: number;
}

const optionNames: OptionNames<IvonOptions> = {
  learningRate: true,
  beta1: true,
  beta2: true,
  temperature: true,
  clipRadius: true,
};

/** The state of `ivon`. */
export interface IvonState {
  /** The number of updates. */
  readonly step: number;
  /** The mean of gradients, before the bias correction: a tree with one tensor for each normal variable. */
  readonly momentum: Tree<tf.Tensor>;
}

/** A normal variable, or its gradient or update. */
interface Normal {
  readonly mean: tf.Tensor;
  readonly logStd: tf.Tensor;
}

/** A step for one variable: its next momentum, and the updates of its parameters, or the next parameters. */
interface IvonStep extends Normal {
  readonly momentum: tf.Tensor;
  /** NaN if a precision was lost, if the kernel tells. */
  readonly lost?: tf.Tensor | undefined;
}

/** A function of the momentum, the gradient and the log standard deviations of one variable. */
type Step = (momentum: tf.Tensor, gradient: Normal, logStd: tf.Tensor, numbers: IvonNumbers) => IvonStep;

/** The same, given the whole variable. */
type VariableStep = (
  momentum: tf.Tensor,
  gradient: Normal,
  variable: Normal,
  numbers: IvonNumbers,
) => IvonStep;

const plain: Step = (momentum, gradient, logStd, numbers) => {
  const { rate1, coarse, rate2, scale, learningRate, clipRadius, limit } = numbers;
  const moved = tf.add(momentum, tf.mul(tf.sub(gradient.mean, momentum), rate1));
  const next = tf.sub(tf.add(moved, coarse), coarse);
  const u = tf.mul(gradient.logStd, rate2);
  const growth = tf.mul(u, tf.add(1, tf.mul(0.5, u)));
  const variance = tf.mul(tf.exp(tf.mul(2, logStd)), scale);
  const ratio = tf.div(tf.mul(next, variance), tf.add(1, growth));
  const clipped = clipRadius === Infinity ? ratio : tf.clipByValue(ratio, -clipRadius, clipRadius);
  // 0 times a number that is not finite is NaN, which clipping may lose.
  const mean = tf.mul(-learningRate, tf.add(clipped, tf.mul(0, next)));
  const spread = tf.mul(-0.5, tf.log1p(growth));
  // `step` has a gradient, unlike a comparison. The logarithm of -1 is NaN, and that of 1 is 0.
  const lost = tf.log(tf.sub(1, tf.mul(2, tf.step(tf.sub(growth, limit)))));
  return { momentum: next, mean: tf.add(mean, lost), logStd: tf.add(spread, lost) };
};

const inOnePass: Step = (momentum, { mean, logStd: dLogStd }, logStd, numbers) => {
  const outputs = runKernel<tf.Tensor[]>(ivonKernel, { momentum, dMean: mean, dLogStd, logStd }, numbers);
  const [next, meanUpdate, logStdUpdate, lost] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
  return { momentum: next, mean: meanUpdate, logStd: logStdUpdate, lost };
};

/** The only place that chooses between the kernel and plain operations; results are equal up to rounding. */
const ivonStep: Step = (momentum, gradient, logStd, numbers) =>
  (runsFused(ivonKernel, [momentum, gradient.mean, gradient.logStd, logStd]) ? inOnePass : plain)(
    momentum,
    gradient,
    logStd,
    numbers,
  );

/** A step that moves the parameters, perhaps in place, instead of returning updates. Results are bitwise those of `ivonStep`. */
const movedStep =
  (inPlace: boolean): VariableStep =>
  (momentum, { mean: dMean, logStd: dLogStd }, { mean, logStd }, numbers) => {
    const inputs = { momentum, dMean, dLogStd, mean, logStd };
    const outputs = runKernel<tf.Tensor[]>(ivonApplyKernel, inputs, { ...numbers, inPlace });
    const [next, nextMean, nextLogStd, lost] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    return { momentum: next, mean: nextMean, logStd: nextLogStd, lost };
  };

const isNormal = (node: unknown): node is Normal => {
  if (!isNode(node) || Object.keys(node).length !== 2) return false;
  const [mean, logStd] = [at(['mean'])(node), at(['logStd'])(node)];
  return isTensor(mean) && isTensor(logStd) && sameShape(mean.shape, logStd.shape);
};

/** Replaces each normal variable of a tree; rejects other variables by name. */
const mapNormals =
  <B>(f: (variable: Normal, path: Path) => B) =>
  (tree: unknown): Tree<B> => {
    const mapped = (node: unknown, path: Path): unknown => {
      if (isNormal(node)) return f(node, path);
      if (Array.isArray(node)) return node.map((child, index) => mapped(child, [...path, String(index)]));
      if (isNode(node))
        return Object.fromEntries(
          Object.entries(node).map(([name, child]) => [name, mapped(child, [...path, name])]),
        );
      return isTensor(node)
        ? invalidArgument(
            `ivon: '${pathName(path)}'`,
            'the mean or logStd of a normal posterior',
            node,
            'give other variables another optimizer with partition',
          )
        : node;
    };
    return mapped(tree, []) as Tree<B>;
  };

/** A step that multiplies a precision by more than this means that the start was too wide. */
const THOUSANDFOLD = 1000;

const advice =
  `ivon refuses a step that raises a precision more than ${THOUSANDFOLD} times: start with a higher ` +
  'precision, as with normal({ precision }), or with a beta2 closer to 1';

/** Below it a momentum is 0: a denormal one would make arithmetic up to a hundred times slower. See `scaleByAdam`. */
const coarse = 1e-23;

/**
 * Throws if a precision was lost, where that can be read without waiting for a device and outside `vmap`: elsewhere the
 * parameters become NaN.
 */
const assertPrecision = (
  { logStd: update, lost }: IvonStep,
  dLogStd: tf.Tensor,
  { rate2 }: IvonNumbers,
  where: string,
): void => {
  const hidden: boolean = isTracer(update);
  if (!canReadSync() || hidden || !Number.isNaN((lost ?? tf.sum(update)).dataSync()[0])) return;
  const changes = Array.from(dLogStd.dataSync(), (slope) => 1 + slope * rate2 * (1 + 0.5 * slope * rate2));
  const wrong = changes.find((change) => !(change <= THOUSANDFOLD));
  throw new Error(
    Number.isFinite(wrong)
      ? `ivon: ${where} would multiply a precision by ${wrong!.toPrecision(3)}; ${advice}`
      : `ivon: ${where} has a precision that is not finite, as the gradient of its logStd is too large or not finite`,
  );
};

const checkState = (state: unknown, momenta: unknown): number => {
  const valid = typeof state === 'object' && state !== null && 'step' in state && isCount(state.step);
  if (!valid) return invalidArgument('ivon: state', 'a state returned by init or update', state);
  assertFits('ivon: state.momentum', at(['momentum'])(state), momenta);
  return state.step as number;
};

/** A step of each variable, and the next state. */
const stepOfAll =
  (numbersAt: (step: number) => IvonNumbers) =>
  <P>(gradient: P, state: IvonState, params: P, stepOf: VariableStep): Moved<P, IvonState> => {
    assertFits('ivon: gradient', gradient, params);
    const step = checkState(state, mapNormals(({ mean }) => mean)(params));
    const numbers = numbersAt(step);
    return tidied(() => {
      const steps = mapNormals((variable, path) => {
        const slope = at(path)(gradient) as Normal;
        const done = stepOf(at(path)(state.momentum) as tf.Tensor, slope, variable, numbers);
        assertPrecision(done, slope.logStd, numbers, `'${pathName(path)}' in step ${step + 1}`);
        return done;
      })(params);
      const momentum = mapNormals((_, path) => at([...path, 'momentum'])(steps) as tf.Tensor)(params);
      return {
        params: map((_, path) => at(path)(steps) as tf.Tensor)<unknown>(params) as P,
        state: { step: step + 1, momentum },
      };
    });
  };

/**
 * IVON, improved variational online Newton (Shen et al., Variational learning is effective for large deep networks, 2024,
 * algorithm 1), for normal posteriors: natural-gradient steps from the gradient of the negative ELBO in `mean` and
 * `logStd`, by whatever estimator and prior. It costs no more than Adam, and finds the spreads in far fewer steps.
 *
 * With `p = 1 / std^2`, `(dLogStd + temperature) / (temperature std^2)` estimates the precision `P` that the data and the
 * prior ask for. A step is `p <- beta2 p + (1 - beta2) P + (1 - beta2)^2 (p - P)^2 / (2 p)`, which keeps `p` positive, and
 * then `mean <- mean - learningRate clip(m / (temperature p))`, where `m` is the bias-corrected mean of the gradients. In
 * the paper that mean leaves out the prior's part, which is added to it: with a `beta1` of 0 both are equal. Means of
 * gradients below about 1e-30 are set to 0.
 *
 * The posterior's own spread is the paper's Hessian, so its start is `hess_init`, and it sets the length of the first steps:
 * they are those of gradient descent on the mean loss with the rate `learningRate * rows / precision`. From the narrow
 * default `ivon` hardly moves; if the start is too wide for the learning rate, steps are too long or noise drowns the
 * signal, and the loss stays where it was. `normal({ precision })` sets the precision of all weights: try a tenth of the
 * number of rows, and a learning rate of 0.05. It is `rows * (hess_init + weight_decay)` of the paper, whose implementation
 * multiplies its learning rate by `hess_init + weight_decay`; here it is as in algorithm 1.
 *
 * The temperature must be that of the loss, and `trainStep` compares them. Variables that are not normal need another
 * optimizer, by `partition`. A step that raises a precision more than a thousandfold is refused: where tensors are in main
 * memory `update` throws; on a GPU and inside `vmap` the parameters become NaN, which `fit` reports.
 *
 * @throws Error if an option is out of range; in `init` and `update` for a variable that is not normal; in `update` for a
 * gradient that does not fit, a value of a schedule out of range, and a precision that is not finite or grows more than
 * a thousandfold
 * @example
 * const posterior = normal({ precision: 0.1 * 60_000 }); // for 60,000 rows
 * const net = sequential(linear(784, 64), tf.relu, linear(64, 10));
 * const model = bayesian({ posterior })(net);
 * const learningRate = schedule.cosine({ from: 0.05, steps: 5000 });
 * const optimizer = ivon({ learningRate });
 */
export const ivon = (options: IvonOptions): GradientTransformation<IvonState> => {
  const {
    learningRate,
    beta1 = 0.9,
    beta2 = 0.9999,
    temperature = 1,
    clipRadius = Number.POSITIVE_INFINITY,
  } = knownOptions('ivon', options, optionNames);
  const rate = numberOrSchedule('ivon: learningRate', learningRate, positiveNumber);
  checkDecay('ivon: beta1', beta1);
  checkDecay('ivon: beta2', beta2);
  numberOrSchedule('ivon: temperature', temperature, positiveNumber);
  if (clipRadius !== Number.POSITIVE_INFINITY) positiveNumber('ivon: clipRadius', clipRadius);
  const numbersAt = (step: number): IvonNumbers => {
    const heat = valueAt('ivon: temperature', temperature, step, positiveNumber);
    return {
      rate1: 1 - beta1,
      coarse,
      rate2: (1 - beta2) / heat,
      scale: 1 / ((1 - beta1 ** (step + 1)) * heat),
      learningRate: valueAt('ivon: learningRate', rate, step, nonNegativeNumber),
      clipRadius,
      limit: THOUSANDFOLD - 1,
    };
  };
  const stepped = stepOfAll(numbersAt);
  const update = <P>(gradient: P, state: IvonState, params: P) => {
    const { params: updates, state: next } = stepped(
      gradient,
      state,
      params,
      (momentum, slope, own, numbers) => ivonStep(momentum, slope, own.logStd, numbers),
    );
    return { updates, state: next };
  };
  const fused = <P>(gradient: P, state: IvonState, params: P, donate: boolean): Moved<P, IvonState> =>
    runsFused(ivonApplyKernel, leaves([gradient, state, params]))
      ? stepped(gradient, state, params, movedStep(donate))
      : tidied(() => {
          const { updates, state: next } = update(gradient, state, params);
          return { params: zipWith((x, dx) => tf.add(x, dx))(params, updates) as P, state: next };
        });
  return {
    temperature,
    nonFinite: advice,
    init: (params) =>
      tidied(() => ({ step: 0, momentum: mapNormals(({ mean }) => tf.zerosLike(mean))(params) })),
    update: Object.assign(update, { fused }),
  };
};

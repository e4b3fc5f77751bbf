import type { Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument, type Schedule, sameShape } from '../check/index.ts';
import { firstMisfit } from '../tree/firstMisfit.ts';
import { at, entries, isTensor, map } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';

/** The result of a gradient transformation: the transformed updates and its next state. */
export interface Transformed<P, S> {
  readonly updates: P;
  readonly state: S;
}

/** The result of a whole step: the next parameters and the next state. */
export interface Moved<P, S> {
  readonly params: P;
  readonly state: S;
}

/** Turns a gradient into updates; see `GradientTransformation`. */
export interface Update<S> {
  <P>(gradient: P, state: S, params: P, statistics?: object): Transformed<P, S>;
  /**
   * The same, with the updates added to the parameters, in fewer passes: `trainStep` calls it where there is one. With `donate`
   * it may write over the tensors of state and parameters, which must then only be disposed. It belongs to the function, so that
   * an optimizer with another `update` does not have it.
   */
  readonly fused?: <P>(gradient: P, state: S, params: P, donate: boolean) => Moved<P, S>;
}

/** What an optimizer needs to have known about it; most have none. Optimizers around others pass it on. */
export interface Requirements {
  /** The temperature that the loss must have, on which the update depends: a number, or the same schedule. */
  readonly temperature?: number | Schedule;
  /** What else may be wrong if a variable is no longer finite, for the error of `fit`. */
  readonly nonFinite?: string;
}

/**
 * An optimizer, or a part of one, as a pair of pure functions, as in optax. `init` makes the state for a tree of
 * parameters; `update` turns a gradient into updates of the same structure, to be *added* to the parameters. Both leave
 * their arguments unchanged and return new tensors.
 *
 * `trainStep` also passes the next values of the network's statistics, at their paths in the parameters, which it writes
 * after the updates. A transformation around another passes them on; only one that keeps parameters, as `ema` does, needs
 * them.
 *
 * @example
 * const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }));
 * const batch = { inputs: images, targets: labels };
 * const [, gradient] = valueAndGrad(loss)(params, random.key(0), batch);
 * const state = optimizer.init(params);
 * const { updates, state: next } = optimizer.update(gradient, state, params);
 */
export interface GradientTransformation<S> extends Requirements {
  readonly init: (params: unknown) => S;
  readonly update: Update<S>;
}

/** The state of a stateless transformation. */
export type EmptyState = Readonly<Record<never, never>>;

/**
 * Whether a value has the two functions of a gradient transformation.
 *
 * @example
 * isGradientTransformation(scale(-1)); // true
 */
export const isGradientTransformation = (value: unknown): value is GradientTransformation<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  'init' in value &&
  typeof value.init === 'function' &&
  'update' in value &&
  typeof value.update === 'function';

/**
 * Returns the value if it is a gradient transformation.
 *
 * @throws Error naming the argument otherwise
 * @example
 * assertTransformation('ema: optimizer', adam({ learningRate: 1e-3 }));
 */
export const assertTransformation = (argument: string, value: unknown): GradientTransformation<unknown> =>
  isGradientTransformation(value)
    ? value
    : invalidArgument(argument, 'one such as adam({ learningRate: 1e-3 })', value);

/**
 * The requirements of an optimizer that is made of others.
 *
 * @throws Error naming `fn` if two of them need different temperatures
 * @example
 * requirements('chain', [clipByGlobalNorm(1), ivon({ learningRate: 0.1 })]); // those of ivon
 */
export const requirements = (fn: string, optimizers: readonly Requirements[]): Requirements => {
  const [first, ...others] = optimizers.filter(({ temperature }) => temperature !== undefined);
  const { temperature, nonFinite } = first ?? {};
  const other = others.find((each) => each.temperature !== temperature);
  if (other !== undefined)
    invalidArgument(
      `${fn}: temperature of an optimizer`,
      `${temperature}, as that of another`,
      other.temperature,
    );
  return { ...(temperature !== undefined && { temperature }), ...(nonFinite !== undefined && { nonFinite }) };
};

/**
 * Asserts that a tree has the same structure and tensor shapes as another.
 *
 * @throws Error naming the first path that differs
 * @example
 * assertFits('scale: gradient', gradient, params);
 */
export const assertFits = (argument: string, tree: unknown, like: unknown): void => {
  const wanted = entries(like).map(({ path, tensor }) => ({ path, shape: tensor.shape }));
  const misfit = firstMisfit(tree, wanted);
  if (misfit === undefined) return;
  const { path, shape, found } = misfit;
  invalidArgument(
    `${argument} at '${pathName(path)}'`,
    shape === undefined ? 'absent, as there is no such parameter' : `a tensor of shape [${shape.join(', ')}]`,
    found,
  );
};

/**
 * The parameters with the next values of statistics in place of the old ones.
 *
 * @throws Error naming the first statistic of another shape
 * @example
 * writeStatistics('ema', params, { 1: { runningMean, runningVar } });
 */
export const writeStatistics = <P>(fn: string, params: P, statistics: object | undefined): P =>
  statistics === undefined
    ? params
    : (map((x: Tensor, path) => {
        const next = at(path)(statistics);
        if (next === undefined) return x;
        return isTensor(next) && sameShape(next.shape, x.shape)
          ? next
          : invalidArgument(
              `${fn}: '${pathName(path)}' in the statistics of the loss`,
              `a tensor of shape [${x.shape.join(', ')}], averaged over samples`,
              next,
            );
      })<unknown>(params) as P);

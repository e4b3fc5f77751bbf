import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { dispose, isNode, leaves, map, tidied, unflatten } from '../tree/index.ts';
import { tidying } from '../tree/tidied.ts';
import { prepareBackward } from './prepareBackward.ts';
import type { WithStatistics } from './stochastic.ts';

/** tfjs keeps the tensors that its tape saved when a differentiation fails; disposes them unless nested in another. */
const disposeTape = (): void => {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) return;
  for (const { saved } of state.activeTape ?? []) for (const tensor of saved ?? []) tensor.dispose();
  Object.assign(state, { activeTape: null });
};

/**
 * The value of `f` and its gradients for each tensor, weighted by `dy`; zeros where `f` does not depend on one.
 *
 * @example
 * const [y, [dx]] = valueAndGradients((x) => tf.square(x), [tf.scalar(3)]); // 9, [6]
 */
export const valueAndGradients = (
  f: (...xs: readonly tf.Tensor[]) => tf.Tensor,
  xs: readonly tf.Tensor[],
  dy?: tf.Tensor,
): readonly [value: tf.Tensor, gradients: readonly tf.Tensor[]] =>
  tidied(() => differentiate(() => prepareBackward(f(...xs), xs), xs, dy));

/**
 * `valueAndGradients` for a function that closes over the tensors, and ends with `prepareBackward`. The caller disposes its
 * intermediates.
 */
const differentiate = (
  f: () => tf.Tensor,
  xs: readonly tf.Tensor[],
  dy?: tf.Tensor,
): readonly [value: tf.Tensor, gradients: readonly tf.Tensor[]] => {
  try {
    const { value, grads } = tf.engine().gradients(f, [...xs], dy as tf.Tensor, true);
    return [value, xs.map((x, index) => grads[index] ?? tf.zerosLike(x))];
  } catch (error) {
    disposeTape();
    throw error;
  }
};

/** A record of scalars, of which `loss` is differentiated, and of what the network's statistics recorded. */
export interface LossParts extends WithStatistics {
  readonly loss: tf.Tensor;
}

/** The key under which a loss has its own way to its parts and gradient (`OwnGradient`), such as one that is compiled. */
export const ownGradient: unique symbol = Symbol.for('tfjs-bayesian/ownGradient');

/** What is there: for the number of a step, if there is one, a function of the loss's arguments. */
type OwnGradient<Y> = (step?: number) => Y;

const assertParts = (parts: LossParts): void => {
  const given: unknown = parts;
  if (typeof given !== 'object' || given === null || !('loss' in given)) {
    invalidArgument('valueAndGrad: result of the loss', 'a record of scalars with a loss', given);
  }
  const { statistics, ...scalars } = parts;
  if (statistics !== undefined && !isNode(statistics))
    invalidArgument(
      "valueAndGrad: part 'statistics' of the loss",
      'a tree of tensors, as elbo returns',
      statistics,
    );
  for (const [name, part] of Object.entries(scalars)) {
    if (!(part instanceof tf.Tensor) || part.rank !== 0) {
      invalidArgument(`valueAndGrad: part '${name}' of the loss`, 'a scalar tensor', part);
    }
  }
};

/**
 * The parts of a loss and the gradient of `parts.loss` with respect to the first argument, a tree like the parameters.
 * The gradient of a weight that the loss does not depend on is zero.
 *
 * @throws Error if the loss is not a function or does not return a record of scalars with a `loss`, and perhaps with
 * `statistics`, a tree
 * @example
 * const batch = { inputs: images, targets: labels };
 * const [parts, gradient] = valueAndGrad(loss)(params, random.key(0), batch);
 */
export const valueAndGrad = <P, A extends readonly unknown[], R extends LossParts>(
  f: (params: P, ...rest: A) => R,
) => {
  if (typeof f !== 'function') invalidArgument('valueAndGrad: f', 'a function of (params, ...rest)', f);
  if (ownGradient in f)
    return (f[ownGradient] as OwnGradient<(params: P, ...rest: A) => readonly [parts: R, gradient: P]>)();
  return tidying((params: P, ...rest: A): readonly [parts: R, gradient: P] => {
    // The other parts must outlive the differentiation without being differentiated: an accuracy among them, which has no
    // gradient, would make it fail.
    const aside: { parts: Readonly<Record<string, tf.Tensor>> } = { parts: {} };
    const tensors = leaves(params);
    if (tensors.length === 0)
      invalidArgument('valueAndGrad: params', 'a tree with at least one tensor', params);
    try {
      const [loss, gradients] = differentiate(() => {
        const parts = f(params, ...rest);
        assertParts(parts);
        const { loss, ...others } = parts;
        aside.parts = map((part) => tf.keep(tf.clone(part)))(others as Readonly<Record<string, tf.Tensor>>);
        return prepareBackward(loss, tensors);
      }, tensors);
      const parts = { loss, ...map(tf.clone)(aside.parts) } as unknown as R;
      return [parts, unflatten(params)(gradients)] as const;
    } finally {
      dispose(aside.parts);
    }
  });
};

/**
 * `valueAndGrad` of a loss that gets the number of the step behind its batch.
 *
 * @example
 * const [parts, gradient] = stepGradient(loss)(params, random.key(0), batch, 3);
 */
export const stepGradient = <P, K, B, R extends LossParts>(
  loss: (params: P, key: K, batch: B, step: number) => R,
): ((params: P, key: K, batch: B, step: number) => readonly [parts: R, gradient: P]) => {
  type Gradient = (params: P, key: K, batch: B) => readonly [parts: R, gradient: P];
  return ownGradient in loss
    ? (params, key, batch, step) => (loss[ownGradient] as OwnGradient<Gradient>)(step)(params, key, batch)
    : valueAndGrad(loss);
};

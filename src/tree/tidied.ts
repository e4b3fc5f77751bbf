import { engine, type TensorContainer, tidy } from '@tensorflow/tfjs-core';

/**
 * The result of a function, with its intermediate tensors disposed: `tf.tidy` for any tree of tensors, which
 * tfjs's own type does not let through.
 *
 * @example
 * const { mean } = tree.tidied(() => ({ mean: tf.mean(tf.square(images)) }));
 */
export const tidied = <Y>(f: () => Y): Y => tidy(f as () => TensorContainer) as Y;

/** The name of the scopes that public functions open. */
const edge = 'tfjs-bayesian';

/** Whether a scope stands around that ends with the function that is running: ours, or that of TensorFlow.js's forward pass. */
const isInside = (): boolean => {
  const { activeScope }: { readonly activeScope: { readonly name: string } | null } = engine().state;
  return activeScope?.name === edge || activeScope?.name === 'forward';
};

/**
 * A public function that disposes its intermediates. Called by another of the library's, it leaves them to that one: a
 * scope in a scope costs time and disposes nothing that matters earlier.
 *
 * @example
 * const squares = tidying((x: tf.Tensor) => tf.add(tf.square(x), 1));
 */
export const tidying =
  <A extends readonly unknown[], Y>(f: (...args: A) => Y): ((...args: A) => Y) =>
  (...args) =>
    isInside() ? f(...args) : (tidy(edge, () => f(...args) as TensorContainer) as Y);

import { engine, memory, type TensorContainer, tidy } from '@tensorflow/tfjs-core';

/**
 * Runs a function and disposes its intermediate tensors: `tf.tidy` for any tree of tensors, which the type of
 * `tf.tidy` does not allow.
 *
 * @example
 * const { mean } = tree.tidied(() => ({ mean: tf.mean(tf.square(images)) }));
 */
export const tidied = <Y>(f: () => Y): Y => tidy(f as () => TensorContainer) as Y;

/** The name of the scopes that public functions open. */
const scopeName = 'tfjs-bayesian';

/** Whether the running function is inside a scope that ends with it: ours, or TensorFlow.js's forward pass. */
const isInside = (): boolean => {
  const { activeScope }: { readonly activeScope: { readonly name: string } | null } = engine().state;
  return activeScope?.name === scopeName || activeScope?.name === 'forward';
};

/**
 * Makes a public function dispose its intermediates. When another public function calls it, the outer scope disposes
 * them: a nested scope costs time and barely frees memory sooner.
 *
 * @example
 * const squares = tidying((x: tf.Tensor) => tf.add(tf.square(x), 1));
 */
export const tidying =
  <A extends readonly unknown[], Y>(f: (...args: A) => Y): ((...args: A) => Y) =>
  (...args) =>
    isInside() ? f(...args) : (tidy(scopeName, () => f(...args) as TensorContainer) as Y);

/**
 * The bytes of all tensors that a function has made when it ends, its intermediates among them, if it is `tidying` or calls
 * functions that are. They are disposed then.
 *
 * @example
 * heldBytes(() => tf.add(tf.square(tf.ones([3])), 1)); // 36: three vectors
 */
export const heldBytes = (f: () => unknown): number =>
  Number(
    tidy(scopeName, () => {
      const { numBytes } = memory();
      f();
      return (memory().numBytes - numBytes) as unknown as TensorContainer;
    }),
  );

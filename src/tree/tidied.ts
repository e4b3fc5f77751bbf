import { type TensorContainer, tidy } from '@tensorflow/tfjs-core';

/**
 * The result of a function, with its intermediate tensors disposed: `tf.tidy` for any tree of tensors, which
 * tfjs's own type does not let through.
 *
 * @example
 * const { mean } = tidied(() => ({ mean: tf.mean(x) }));
 */
export const tidied = <Y>(f: () => Y): Y => tidy(f as () => TensorContainer) as Y;

import { type TensorContainer, tidy } from '@tensorflow/tfjs-core';

/**
 * The result of a function, with its intermediate tensors disposed: `tf.tidy` for any tree of tensors, which
 * tfjs's own type does not let through.
 *
 * @example
 * const { mean } = tree.tidied(() => ({ mean: tf.mean(tf.square(images)) }));
 */
export const tidied = <Y>(f: () => Y): Y => tidy(f as () => TensorContainer) as Y;

import { type TensorContainer, tidy } from '@tensorflow/tfjs-core';

/** The result of a function, with its intermediate tensors disposed; the result is any tree of tensors. */
export const tidied = <Y>(f: () => Y): Y => tidy(f as () => TensorContainer) as Y;

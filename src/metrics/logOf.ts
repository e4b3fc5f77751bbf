import { log, maximum, type Tensor } from '@tensorflow/tfjs-core';

/** The smallest normal float32, for whose log denormal numbers and zero are taken: -87.34. */
const floor = 2 ** -126;

/** The natural logarithm of probabilities, with zero as the smallest normal float32. */
export const logOf = (probabilities: Tensor): Tensor => log(maximum(probabilities, floor));

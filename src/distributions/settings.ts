import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The numbers that tell a distribution from others of its family, by the names that its factory has for them. A tensor must
 * have the weight's shape or be a scalar, which `bayesian` checks; a list is for what does not go by the weight's elements.
 */
export type Settings = Readonly<Record<string, number | boolean | readonly number[] | Tensor>>;

import type { Tensor } from '@tensorflow/tfjs-core';

/** The numbers that tell a distribution from others of its family, by the names that its factory has for them. */
export type Settings = Readonly<Record<string, number | boolean | readonly number[] | Tensor>>;

import type { Tensor } from '@tensorflow/tfjs-core';
import { inspectValues } from '../backend/inspectValues.ts';
import { isTensor } from '../tree/index.ts';
import { isTracer } from '../vmap/tracer.ts';

/**
 * Hands the values of a number or of a tensor to a function that throws if they are wrong, unless they are on a GPU or inside
 * `vmap`. What is recorded checks its values again when it is replayed: the function may depend on nothing else that changes.
 *
 * @example
 * checkValues(tf.tensor1d([1, 2]), ([first]) => first === 1 || invalidArgument('first', '1', first));
 */
export const checkValues = (value: number | Tensor, check: (values: readonly number[]) => void): void => {
  if (!isTensor(value)) check([value]);
  else if (!isTracer(value)) inspectValues(value, (values) => check(Array.from(values)));
};

/**
 * `checkValues` for each value by itself: the first that does not fit is refused.
 *
 * @example
 * checkEach(labels, Number.isInteger, (bad) => invalidArgument('labels', 'integers', bad));
 */
export const checkEach = (
  value: number | Tensor,
  fits: (each: number) => boolean,
  refuse: (bad: number) => never,
): void =>
  checkValues(value, (values) => {
    const bad = values.find((each) => !fits(each));
    if (bad !== undefined) refuse(bad);
  });

import type * as tf from '@tensorflow/tfjs-core';
import { type Comparison, compare, ROUNDING } from './compare.ts';
import { arrayIn, type Fields, has } from './json.ts';

/** Compares the arrays that a case has a reference for. */
export const compareThose = (
  golden: Fields,
  found: Readonly<Record<string, tf.Tensor>>,
  tolerance = ROUNDING,
): readonly Comparison[] =>
  Object.entries(found).flatMap(([name, tensor]) =>
    has(golden, name) ? [compare(name, tensor, arrayIn(golden, name), tolerance)] : [],
  );

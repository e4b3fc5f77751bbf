import { pipe as piped } from 'fp-ts/lib/function.js';

/**
 * Applies functions to a value, one after another: `pipe(a, f, g)` is `g(f(a))`. This is fp-ts's `pipe`.
 *
 * @example
 * const model = pipe(sequential(linear(784, 64), tf.relu, linear(64, 10)), bayesian());
 * console.log(pipe(2, Math.sqrt, (x) => x * x).toFixed(1)); // 2.0
 */
export const pipe: typeof piped = piped;

import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradients } from '../valueAndGrad.ts';

/** A log density up to a constant: a scalar, of a position that is a list of tensors. */
export type LogDensity = (position: readonly tf.Tensor[]) => tf.Tensor;

/** A position with its log density and the gradient of that. */
export interface Point {
  readonly position: readonly tf.Tensor[];
  readonly logDensity: tf.Tensor;
  readonly gradient: readonly tf.Tensor[];
}

/** A point that moves: the state of Hamiltonian dynamics. */
export interface Moving {
  readonly point: Point;
  /** Of the position's shapes. */
  readonly momentum: readonly tf.Tensor[];
}

/**
 * The point at a position.
 *
 * @example
 * pointAt(([x]) => tf.mul(-0.5, tf.square(x!)))([tf.scalar(2)]); // logDensity -2, gradient [-2]
 */
export const pointAt =
  (logDensity: LogDensity) =>
  (position: readonly tf.Tensor[]): Point => {
    const [value, gradient] = valueAndGradients((...xs) => logDensity(xs), position);
    return { position, logDensity: value, gradient };
  };

/** `xs + size * by`, tensor by tensor. */
const moved = (xs: readonly tf.Tensor[], size: tf.Tensor, by: readonly tf.Tensor[]): readonly tf.Tensor[] =>
  xs.map((x, i) => tf.add(x, tf.mul(size, by[i] as tf.Tensor)));

/**
 * Steps of the leapfrog integrator, with unit masses (Neal, MCMC using Hamiltonian dynamics, 2011, eq. 5.18-5.20): half a
 * step of the momentum, a step of the position, half a step of the momentum. It preserves volume, and from the end with
 * the momentum reversed it leads back to the start.
 *
 * @param stepSize a scalar
 * @example
 * const { point } = leapfrog(logDensity, tf.scalar(0.1), 10)({ point: pointAt(logDensity)(position), momentum });
 */
export const leapfrog =
  (logDensity: LogDensity, stepSize: tf.Tensor, steps: number) =>
  (start: Moving): Moving => {
    const half = tf.mul(0.5, stepSize);
    const at = pointAt(logDensity);
    return Array.from({ length: steps }).reduce<Moving>(({ point, momentum }) => {
      const middle = moved(momentum, half, point.gradient);
      const next = at(moved(point.position, stepSize, middle));
      return { point: next, momentum: moved(middle, half, next.gradient) };
    }, start);
  };

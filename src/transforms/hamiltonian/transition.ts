import * as tf from '@tensorflow/tfjs-core';
import * as random from '../../random/index.ts';
import { type LogDensity, leapfrog, type Moving, type Point } from './leapfrog.ts';

/** How far each transition goes. */
export interface Trajectory {
  readonly leapfrogSteps: number;
  /** How far the step size of one transition may be from the one given, relative to it. */
  readonly jitter: number;
}

/** One transition; scalars but for the point. */
export interface Transition {
  readonly point: Point;
  /** The probability with which the end of the trajectory is accepted. */
  readonly acceptance: tf.Tensor;
  /** 1 if the trajectory left the region where the integrator works, else 0. */
  readonly divergent: tf.Tensor;
}

/** The loss of log density at which a trajectory counts as divergent, as in Stan. */
const divergence = 1000;

const kineticEnergy = (momentum: readonly tf.Tensor[]): tf.Tensor =>
  momentum.map((p) => tf.mul(0.5, tf.sum(tf.square(p)))).reduce((a, b) => tf.add(a, b), tf.scalar(0));

/** Minus the energy: the log density of position and momentum together. */
const logWeight = ({ point, momentum }: Moving): tf.Tensor =>
  tf.sub(point.logDensity, kineticEnergy(momentum));

/** `a` where a scalar condition holds, else `b`: unlike a product, it keeps NaN of the other out. */
const chosen = (isFirst: tf.Tensor, a: Point, b: Point): Point => {
  const either = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.where(isFirst, x, y);
  return {
    position: a.position.map((x, i) => either(x, b.position[i] as tf.Tensor)),
    logDensity: either(a.logDensity, b.logDensity),
    gradient: a.gradient.map((x, i) => either(x, b.gradient[i] as tf.Tensor)),
  };
};

/**
 * One transition of Hamiltonian Monte Carlo (Neal 2011, section 5.3): a standard normal momentum, a trajectory of the
 * leapfrog integrator, and its end with the Metropolis probability, else the start. It leaves the density unchanged.
 *
 * @param stepSize a scalar
 * @example
 * const { point } = transition(logDensity, { leapfrogSteps: 10, jitter: 0.1 })(start, tf.scalar(0.1), random.key(0));
 */
export const transition =
  (logDensity: LogDensity, { leapfrogSteps, jitter }: Trajectory) =>
  (start: Point, stepSize: tf.Tensor, key: random.Key): Transition => {
    const [momentumKey, jitterKey, acceptKey] = random.split(key, 3) as [random.Key, random.Key, random.Key];
    const momentum = start.position.map((x, i) => random.normal(random.foldIn(momentumKey, i), x.shape));
    const size =
      jitter === 0
        ? stepSize
        : tf.mul(stepSize, random.uniform(jitterKey, [], { min: 1 - jitter, max: 1 + jitter }));
    const from = { point: start, momentum };
    const to = leapfrog(logDensity, size, leapfrogSteps)(from);
    const change = tf.sub(logWeight(to), logWeight(from));
    // On some GPUs a comparison with NaN may be true.
    const isFine = tf.logicalAnd(tf.isFinite(change), tf.greater(change, -divergence));
    const acceptance = tf.where(isFine, tf.exp(tf.minimum(change, 0)), tf.scalar(0));
    return {
      point: chosen(tf.less(random.uniform(acceptKey, []), acceptance), to.point, start),
      acceptance,
      divergent: tf.sub(1, tf.cast(isFine, 'float32')),
    };
  };

import * as tf from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
import type { NormalParams } from './normal.ts';
import type { PointMassParams } from './pointMass.ts';
import type { Posterior } from './posterior.ts';
import type { Prior } from './prior.ts';

/** A closed form of KL(posterior || prior), found by the names of the two families. */
export interface Divergence {
  readonly posterior: string;
  /** The prior's family, or `'*'` for any. */
  readonly prior: string;
  /** The divergence summed over the weight's elements, a scalar in nats. */
  of(params: unknown, prior: Prior): tf.Tensor;
}

/**
 * A row of the table of closed-form divergences.
 *
 * @example
 * const row = divergence('uniformBall', 'flat', ({ logRadius }: { readonly logRadius: tf.Tensor }) =>
 *   tf.neg(tf.sum(tf.add(logRadius, Math.LN2))));
 */
export const divergence = <P>(
  posteriorName: string,
  priorName: string,
  of: (params: P, prior: Prior) => tf.Tensor,
): Divergence => ({ posterior: posteriorName, prior: priorName, of: of as Divergence['of'] });

/** KL between two normals: log(s0 / s) + (s^2 + (m - m0)^2) / (2 s0^2) - 1/2 (Kingma & Welling 2014, app. B). */
const normalNormal = divergence('normal', 'normal', ({ mean, logStd }: NormalParams, { moments }) =>
  tf.tidy(() => {
    const prior = moments ?? misuse("the prior named 'normal'", 'one with moments', moments);
    // Sums first: a scale that is the same for all weights is one number then, and the gradient has less to pass.
    const spread = tf.exp(tf.mul(2, logStd));
    const off = tf.square(tf.sub(mean, prior.mean));
    const { std } = prior;
    const quadratic =
      typeof std === 'number'
        ? tf.div(tf.add(tf.sum(spread), tf.sum(off)), 2 * std ** 2)
        : tf.sum(tf.div(tf.add(spread, off), tf.mul(2, tf.square(std))));
    const logScale =
      typeof std === 'number'
        ? Math.log(std) * logStd.size
        : tf.sum(tf.log(tf.add(std, tf.zerosLike(logStd))));
    return tf.sub(tf.add(quadratic, logScale), tf.add(tf.sum(logStd), 0.5 * logStd.size));
  }),
);

/** The negative entropy of a normal: the divergence from a flat density of 1. */
const normalFlat = divergence('normal', 'flat', ({ logStd }: NormalParams) =>
  tf.tidy(() => tf.neg(tf.sum(tf.add(logStd, 0.5 * Math.log(2 * Math.PI * Math.E))))),
);

/** A point mass has no density; what is left of the divergence is the prior's term, as in MAP estimation. */
const pointMassAny = divergence('pointMass', '*', (params: PointMassParams, prior) =>
  tf.tidy(() => tf.neg(tf.sum(prior.logProb(params.value, params)))),
);

const table: readonly Divergence[] = [normalNormal, normalFlat, pointMassAny];

/**
 * The closed form for a posterior and a prior: the first of `rows`, then of the library's own table.
 *
 * @throws Error naming both families and the variable where there is none
 * @example
 * closedForm([])('0.weight', normal().posterior, normal().prior)(params); // a scalar
 */
export const closedForm =
  (rows: readonly Divergence[]) =>
  (path: string, posterior: Posterior, prior: Prior): ((params: unknown) => tf.Tensor) => {
    const row = [...rows, ...table].find(
      (each) => each.posterior === posterior.name && (each.prior === prior.name || each.prior === '*'),
    );
    if (row === undefined) {
      throw new Error(
        `withDivergence: no closed form for posterior '${posterior.name}' and prior '${prior.name}' of variable ` +
          `'${path}': pass withDivergence({ divergences: [divergence(...)] }) or use withLogProbs`,
      );
    }
    return (params) => row.of(params, prior);
  };

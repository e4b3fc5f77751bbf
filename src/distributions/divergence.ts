import * as tf from '@tensorflow/tfjs-core';
import { type FieldKinds, invalidArgument, knownFields } from '../check/index.ts';
import {
  type DivergenceWithMoments,
  divergenceFromNumbers,
  divergenceWithMoments,
} from '../ops/normalDivergence.ts';
import { strictlyLower } from '../ops/triangles.ts';
import { triangularSolve } from '../ops/triangularSolve.ts';
import { isTensor } from '../tree/index.ts';
import { ardStd } from './ard.ts';
import { checkFullNormalParams, type FullNormalParams, sharedVariance } from './fullNormal.ts';
import {
  checkLowRankNormalParams,
  commonVariance,
  type LowRankNormalParams,
  relativeLogDeterminant,
} from './lowRankNormal.ts';
import { checkNormalParams, type NormalParams } from './normal.ts';
import type { PointMassParams } from './pointMass.ts';
import type { Posterior, Pruning } from './posterior.ts';
import type { Prior } from './prior.ts';
import { expExcess } from './specialFunctions.ts';

/** The divergence of each element, also from a prior whose settings are tensors. */
const elementwise = (
  { mean, logStd }: NormalParams,
  m0: number | tf.Tensor,
  s0: number | tf.Tensor,
): tf.Tensor => {
  const std = tf.add(s0, tf.zerosLike(logStd));
  const ratio = tf.mul(2, tf.sub(logStd, tf.log(std)));
  const distance = tf.div(tf.sub(mean, m0), std);
  return tf.mul(0.5, tf.add(expExcess(ratio), tf.square(distance)));
};

/**
 * The divergence KL(posterior || prior) of two normals, summed over the weight, in nats:
 * `log(s0 / s) + (s^2 + (m - m0)^2) / (2 s0^2) - 1/2` (Kingma & Welling 2014, app. B), computed as `(e^x - 1 - x +
 * ((m - m0) / s0)^2) / 2` with `x = log(s^2 / s0^2)`: no term is below 0, so nothing cancels where they vanish.
 *
 * @example
 * normalDivergence({ mean, logStd }, { mean: 0, std: 1 }); // a scalar
 */
const normalDivergence = (
  params: NormalParams,
  prior: { readonly mean: number | tf.Tensor; readonly std: number | tf.Tensor },
): tf.Tensor =>
  tf.tidy(() =>
    typeof prior.mean === 'number' && typeof prior.std === 'number'
      ? divergenceFromNumbers(params, prior.mean, prior.std)
      : tf.sum(elementwise(params, prior.mean, prior.std)),
  );

/** A closed form of KL(posterior || prior), found by the names of the two families. */
export interface Divergence {
  /** The posterior's family, or `'*'` for any. */
  readonly posterior: string;
  /** The prior's family, or `'*'` for any. */
  readonly prior: string;
  /** Whether the row applies to these two, where their names are not enough. */
  fits?(posterior: Posterior, prior: Prior): boolean;
  /** The divergence summed over the weight's elements, a scalar in nats. */
  of(params: unknown, prior: Prior, posterior: Posterior): tf.Tensor;
}

/**
 * A row of the table of closed-form divergences. A posterior with an `entropy` (and `moments`) needs no row for the
 * priors `flat` (`normal`, `quiet`, `ard`).
 *
 * @throws Error for a name that is not a string or an `of` that is not a function
 * @example
 * type Ball = { readonly logRadius: tf.Tensor };
 * const row = divergence('uniformBall', 'flat', ({ logRadius }: Ball) =>
 *   tf.neg(tf.sum(tf.add(logRadius, Math.LN2))));
 */
export const divergence = <P>(
  posteriorName: string,
  priorName: string,
  of: (params: P, prior: Prior, posterior: Posterior) => tf.Tensor,
): Divergence => {
  for (const [argument, value] of Object.entries({ posteriorName, priorName }))
    if (typeof value !== 'string')
      invalidArgument(`divergence: ${argument}`, "the name of a family, or '*'", value);
  if (typeof of !== 'function')
    invalidArgument('divergence: of', 'a function of (params, prior, posterior)', of);
  return { posterior: posteriorName, prior: priorName, of: of as Divergence['of'] };
};

const normalMoments = ({ moments }: Prior): NonNullable<Prior['moments']> =>
  moments ?? invalidArgument("the prior named 'normal'", 'one with moments', moments);

/** The sum of what each kept element adds; a pruned one, as any point mass, adds the prior's term. */
const sumOfKept = (
  pruning: Pruning<unknown>,
  params: NormalParams,
  prior: Prior,
  each: tf.Tensor,
): tf.Tensor =>
  tf.sum(tf.where(pruning.kept(params), each, tf.neg(prior.logProb(tf.zerosLike(params.mean), params))));

/** A row that may also return the posterior's moments, where a kernel has both in one pass. */
interface Row extends Divergence {
  withMoments?(params: unknown, prior: Prior, posterior: Posterior): DivergenceWithMoments | undefined;
}

const normalNormal: Row = {
  ...divergence('normal', 'normal', (params: NormalParams, prior, { pruning }) => {
    const moments = normalMoments(prior);
    checkNormalParams(params);
    return pruning === undefined
      ? normalDivergence(params, moments)
      : tf.tidy(() => sumOfKept(pruning, params, prior, elementwise(params, moments.mean, moments.std)));
  }),
  withMoments: (params, prior, { pruning, logScale }) => {
    const { mean, std } = normalMoments(prior);
    // Only with this log scale do the variances follow from the parameters.
    return pruning === undefined &&
      logScale === 'logStd' &&
      typeof mean === 'number' &&
      typeof std === 'number'
      ? divergenceWithMoments(checkNormalParams(params as NormalParams), mean, std)
      : undefined;
  },
};

/** What more variance than that of a diagonal adds to the divergence from a normal prior. */
const ofMore = (variance: tf.Tensor, { std }: NonNullable<Prior['moments']>): tf.Tensor =>
  tf.mul(0.5, tf.sum(tf.div(variance, tf.square(std))));

/** That of the diagonal, and of the variance beside it: the factor's determinant is that of its diagonal. */
const fullNormalNormal = divergence('fullNormal', 'normal', (params: FullNormalParams, prior) =>
  tf.tidy(() => {
    const { mean, logDiagonal } = checkFullNormalParams(params);
    const moments = normalMoments(prior);
    const diagonal = normalDivergence({ mean, logStd: logDiagonal }, moments);
    return tf.add(diagonal, ofMore(sharedVariance(params), moments));
  }),
);

/** Likewise, less the entropy of the common noise. */
const lowRankNormalNormal = divergence('lowRankNormal', 'normal', (params: LowRankNormalParams, prior) =>
  tf.tidy(() => {
    const { mean, logDiagonal } = checkLowRankNormalParams(params);
    const moments = normalMoments(prior);
    const diagonal = normalDivergence({ mean, logStd: logDiagonal }, moments);
    const more = ofMore(commonVariance(params), moments);
    return tf.sub(tf.add(diagonal, more), tf.mul(0.5, relativeLogDeterminant(params)));
  }),
);

/** The parameters in the settings of a prior that `posteriorAsPrior` made of a `fullNormal` posterior. */
const fullNormalIn = ({ settings = {} }: Prior): FullNormalParams | undefined => {
  const { mean, logDiagonal, lower } = settings;
  return isTensor(mean) && isTensor(logDiagonal) && isTensor(lower)
    ? { mean, logDiagonal, lower }
    : undefined;
};

/**
 * The divergence of one normal from another, whose factor turns the first's factor into M and the distance of the means
 * into e: `(|M|^2 + |e|^2 - n) / 2` and the difference of the log determinants.
 */
const fullNormalFullNormal: Divergence = {
  posterior: 'fullNormal',
  prior: 'fullNormal',
  fits: (_, prior) => fullNormalIn(prior) !== undefined,
  of: (params, prior) =>
    tf.tidy(() => {
      const own = checkFullNormalParams(params as FullNormalParams);
      const before = checkFullNormalParams(fullNormalIn(prior) as FullNormalParams);
      const n = own.mean.size;
      const column = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [n, 1]);
      const ratio = column(tf.exp(tf.sub(own.logDiagonal, before.logDiagonal)));
      const factor = tf.mul(ratio, tf.add(strictlyLower(own.lower), tf.eye(n)));
      const distance = column(tf.div(tf.sub(own.mean, before.mean), tf.exp(before.logDiagonal)));
      const all = triangularSolve(before.lower, tf.concat([factor, distance], 1), { unitDiagonal: true });
      const logRatio = tf.sum(tf.sub(before.logDiagonal, own.logDiagonal));
      return tf.add(tf.mul(0.5, tf.sub(tf.sum(tf.square(all)), n)), logRatio);
    }),
};

/**
 * E|w - m0| / b of a normal w, by the mean of a folded normal (Leone, Nelson & Nottingham 1961), minus its entropy.
 */
const normalLaplace = divergence('normal', 'laplace', (params: NormalParams, own, { pruning }) =>
  tf.tidy(() => {
    const { mean, logStd } = checkNormalParams(params);
    const prior = own.moments ?? invalidArgument("the prior named 'laplace'", 'one with moments', undefined);
    const scale = tf.div(prior.std, Math.SQRT2);
    const distance = tf.sub(mean, prior.mean);
    const relative = tf.div(distance, tf.mul(Math.SQRT2, tf.exp(logStd)));
    const spread = tf.mul(
      tf.exp(logStd),
      tf.mul(Math.sqrt(2 / Math.PI), tf.exp(tf.neg(tf.square(relative)))),
    );
    const expected = tf.div(tf.add(spread, tf.mul(distance, tf.erf(relative))), scale);
    const logScale = tf.sub(tf.log(tf.mul(2, scale)), 0.5 * Math.log(2 * Math.PI * Math.E));
    const each = tf.sub(tf.add(expected, logScale), logStd);
    return pruning === undefined ? tf.sum(each) : sumOfKept(pruning, params, own, each);
  }),
);

const requiredEntropy = (posterior: Posterior, params: unknown): tf.Tensor =>
  posterior.entropy?.(params) ?? invalidArgument('posterior', 'one with an entropy', posterior);

const requiredMoments = (posterior: Posterior, params: unknown) =>
  posterior.moments?.(params) ?? invalidArgument('posterior', 'one with moments', posterior);

/** The negative entropy: the divergence from a flat density of 1, for any family with an entropy. */
const anyFlat: Divergence = {
  posterior: '*',
  prior: 'flat',
  fits: (posterior) => posterior.entropy !== undefined,
  of: (params, _, posterior) => tf.tidy(() => tf.neg(requiredEntropy(posterior, params))),
};

/**
 * A family with an entropy and moments, against a log density that is a quadratic function of the weight.
 */
const anyQuadratic = (
  prior: string,
  expectedLogProb: (mean: tf.Tensor, variance: tf.Tensor, prior: Prior, params: unknown) => tf.Tensor,
): Divergence => ({
  posterior: '*',
  prior,
  fits: (posterior) => posterior.entropy !== undefined && posterior.moments !== undefined,
  of: (params, own, posterior) =>
    tf.tidy(() => {
      const { mean, variance } = requiredMoments(posterior, params);
      const expected = tf.sum(expectedLogProb(mean, variance, own, params));
      return tf.neg(tf.add(requiredEntropy(posterior, params), expected));
    }),
});

/** E log p of a normal p: -(variance + (mean - m0)^2) / (2 s0^2) - log s0 - log(2 pi) / 2. */
const anyNormal = anyQuadratic('normal', (mean, variance, own) => {
  const prior = normalMoments(own);
  const std = tf.add(prior.std, 0);
  const squares = tf.add(variance, tf.square(tf.sub(mean, prior.mean)));
  const quadratic = tf.div(squares, tf.mul(-2, tf.square(std)));
  return tf.sub(quadratic, tf.add(tf.log(std), 0.5 * Math.log(2 * Math.PI)));
});

/**
 * The mean of a quadratic function equals that of its values one standard deviation to either side (two-point
 * Gauss-Hermite quadrature), so the quiet prior's log density is enough, with or without its constant.
 */
const anyQuiet = anyQuadratic('quiet', (mean, variance, prior, params) => {
  const std = tf.sqrt(variance);
  const sides = [tf.add(mean, std), tf.sub(mean, std)] as const;
  return tf.mul(0.5, tf.add(prior.logProb(sides[0], params), prior.logProb(sides[1], params)));
});

/**
 * E log p under the learned standard deviations, which are those of the posterior's own second moments. Written with
 * ratios to them, which stay finite where both are tiny.
 */
const anyArd = anyQuadratic('ard', (mean, variance, { settings }) => {
  const { minStd } = settings as { readonly minStd: number };
  const std = ardStd(minStd)(mean, variance);
  const squares = tf.add(tf.div(variance, tf.square(std)), tf.square(tf.div(mean, std)));
  return tf.sub(tf.mul(-0.5, squares), tf.add(tf.log(std), 0.5 * Math.log(2 * Math.PI)));
});

/** A point mass has no density; the prior's term of the divergence remains, as in MAP estimation. */
const pointMassAny = divergence('pointMass', '*', (params: PointMassParams, prior) =>
  tf.tidy(() => tf.neg(tf.sum(prior.logProb(params.value, params)))),
);

const table: readonly Row[] = [
  pointMassAny,
  normalNormal,
  normalLaplace,
  fullNormalNormal,
  lowRankNormalNormal,
  fullNormalFullNormal,
  anyFlat,
  anyNormal,
  anyQuiet,
  anyArd,
];

const kinds: FieldKinds<Divergence> = {
  posterior: 'string',
  prior: 'string',
  fits: 'function?',
  of: 'function',
};

/**
 * The rows of `withDivergence`, checked.
 *
 * @throws Error unless the value is a list of rows
 */
export const checkRows = (fn: string, rows: unknown): readonly Divergence[] => {
  if (!Array.isArray(rows)) return invalidArgument(`${fn}: divergences`, 'a list of divergence(...)', rows);
  for (const row of rows as readonly Divergence[]) knownFields(`${fn}: divergences`, row, kinds);
  return rows as readonly Divergence[];
};

const named = (name: string, wanted: string): boolean => wanted === name || wanted === '*';

/** A closed form of a divergence, as a function of the posterior's parameters. */
export interface ClosedForm {
  (params: unknown, same?: Prior): tf.Tensor;
  /** The divergence with the posterior's moments, where both take one pass over the parameters. */
  readonly withMoments: (params: unknown, same?: Prior) => DivergenceWithMoments | undefined;
}

/**
 * The closed form for a posterior and a prior: the first match in `rows`, then in the library's table. `same` is the
 * prior with its tensors recreated.
 *
 * @throws Error naming both families and the variable if there is none, or the posterior is pruned and the match in `rows`
 * @example
 * closedForm([])('0.weight', normal().posterior, normal().prior)(params); // a scalar
 */
export const closedForm =
  (rows: readonly Divergence[]) =>
  (name: string, posterior: Posterior, prior: Prior): ClosedForm => {
    const row = [...rows, ...table].find(
      (each) =>
        named(posterior.name, each.posterior) &&
        named(prior.name, each.prior) &&
        (each.fits?.(posterior, prior) ?? true),
    );
    if (row === undefined) {
      throw new Error(
        `withDivergence: no closed form for posterior '${posterior.name}' and prior '${prior.name}' of variable ` +
          `'${name}': pass withDivergence({ divergences: [divergence(...)] }) or use withLogProbs`,
      );
    }
    const { pruning } = posterior;
    if (pruning !== undefined && rows.includes(row)) {
      throw new Error(
        `withDivergence: divergence('${row.posterior}', '${row.prior}') for variable '${name}', whose posterior is pruned: it ` +
          'would count pruned elements; use withLogProbs',
      );
    }
    return Object.assign(
      (params: unknown, same = prior) => row.of(pruning?.frozen(params) ?? params, same, posterior),
      {
        withMoments: (params: unknown, same = prior) => (row as Row).withMoments?.(params, same, posterior),
      },
    );
  };

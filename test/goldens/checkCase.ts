import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import type { Check } from './checked.ts';
import { type Comparison, holds } from './compare.ts';
import { type Fields, has, isGoldenArray } from './json.ts';
import { checkAdamRun } from './kinds/adamRun.ts';
import { checkAnalyticalLoss } from './kinds/analyticalLoss.ts';
import { checkDistribution } from './kinds/distribution.ts';
import { checkDivergence } from './kinds/divergence.ts';
import { checkGradient } from './kinds/gradient.ts';
import { checkInitialization } from './kinds/initialization.ts';
import { checkKlLoss } from './kinds/klLoss.ts';
import { checkLayer } from './kinds/layer.ts';
import { checkRescale } from './kinds/rescale.ts';

/** What came of one case. */
export type Outcome =
  | { readonly _tag: 'Passed' }
  | { readonly _tag: 'Failed'; readonly why: string }
  | { readonly _tag: 'Skipped'; readonly reason: string };

const kinds: Readonly<Record<string, Check>> = {
  KullbackLeiblerLoss: checkKlLoss,
  NormalNormalDivergence: checkDivergence,
  UniformNormalDivergence: checkDivergence,
  AnalyticalKullbackLeiblerLoss: checkAnalyticalLoss,
  kaiming_rescale: checkRescale,
  layer: checkInitialization,
  prior_initialization: checkInitialization,
  adam: checkAdamRun,
};

/** The check for a case: chosen by its `kind`, or by the fields that cases without one have. */
const checkFor = (golden: Fields): Check | undefined => {
  if (has(golden, 'kind')) return kinds[String(golden.kind)];
  if (has(golden, 'method')) return checkDistribution;
  if (has(golden, 'loss_type')) return checkGradient;
  return has(golden, 'layer') ? checkLayer : undefined;
};

const failed = (why: string): Outcome => ({ _tag: 'Failed', why });

const shown = ({ array, error, tolerance, note }: Comparison): string =>
  note === undefined
    ? `${array}: largest relative error ${error.toExponential(2)}, tolerance ${tolerance.toExponential(0)}`
    : `${array}: ${note}`;

/** The comparison that is farthest beyond its tolerance; NaN is farther than anything. */
const worst = (comparisons: readonly Comparison[]): Comparison | undefined => {
  const excess = ({ error, tolerance }: Comparison) =>
    Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / tolerance;
  return comparisons
    .filter((comparison) => !holds(comparison))
    .reduce<Comparison | undefined>((a, b) => (a === undefined || excess(b) > excess(a) ? b : a), undefined);
};

const judged = (comparisons: readonly Comparison[]): Outcome => {
  if (comparisons.length === 0) return failed('the case has nothing to compare with');
  const bad = worst(comparisons);
  return bad === undefined ? { _tag: 'Passed' } : failed(shown(bad));
};

/** A loss is recorded with its samples or with their number. */
const sampleCount = ({ samples }: Fields): unknown => (isGoldenArray(samples) ? samples.shape[0] : samples);

/** Why a case is not meant to pass. */
const exempt = (golden: Fields): string | undefined =>
  has(golden, 'loss') && golden.predictive === 'normal' && sampleCount(golden) === 1
    ? 'one sample has no spread: the loss of torch_blue is then NaN, this library refuses to compute it'
    : undefined;

/** Checks one case of a golden file. A case that cannot be read, or on which the library throws, fails. */
export const checkCase = (golden: Fields, file: Fields): Outcome => {
  const check = checkFor(golden);
  if (check === undefined) return failed(`this check knows no case of the kind '${golden.kind ?? '(none)'}'`);
  const reason = exempt(golden);
  if (reason !== undefined) return { _tag: 'Skipped', reason };
  const outcome: { value: Outcome } = { value: failed('the check did not run') };
  try {
    tf.tidy(() => {
      outcome.value = E.match(
        (reason: string): Outcome => ({ _tag: 'Skipped', reason }),
        judged,
      )(check(golden, file));
    });
    return outcome.value;
  } catch (error) {
    return failed(`threw: ${error instanceof Error ? error.message : String(error)}`);
  }
};

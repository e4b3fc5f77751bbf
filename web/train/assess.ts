import * as tf from '@tensorflow/tfjs-core';
import { accuracy, auroc, calibration, negativeLogLikelihood } from 'tfjs-bayesian';
import type { Card } from '../digits/card.ts';
import { centred } from '../digits/centre.ts';
import { letters } from '../digits/letters.ts';
import { answers, type DigitAnswer, type DigitParams, quantile } from '../models/digits.ts';
import { type Pictures, redrawn } from './pictures.ts';

/** The share of held-out digits that must not be rejected. */
const QUANTILE = 0.95;

/** The number of pictures per prediction. */
const GROUP = 500;

/** The number of test digits that are redrawn. */
const REDRAWN = 2000;

const all = async (
  params: DigitParams,
  pictures: readonly Float32Array[],
): Promise<readonly DigitAnswer[]> => {
  const groups: (readonly DigitAnswer[])[] = [];
  for (let i = 0; i < pictures.length; i += GROUP)
    groups.push(await answers(params, pictures.slice(i, i + GROUP)));
  return groups.flat();
};

const scalar = (f: () => tf.Tensor): number => tf.tidy(() => f().dataSync()[0] ?? Number.NaN);

const rounded = (value: number): number => Number(value.toFixed(4));

const measured = (given: readonly DigitAnswer[], labels: readonly number[]) => {
  const of = (f: (probabilities: tf.Tensor, truth: tf.Tensor) => tf.Tensor): number =>
    rounded(
      scalar(() =>
        f(
          tf.tensor2d(given.map(({ probabilities }) => [...probabilities])),
          tf.tensor1d([...labels], 'int32'),
        ),
      ),
    );
  return {
    accuracy: of(accuracy),
    nll: of(negativeLogLikelihood),
    ece: of((probabilities, truth) => calibration(probabilities, truth).ece),
  };
};

/** The scores of a trained network, and its threshold, from digits that it was not trained on. */
export const assess = async (
  params: DigitParams,
  { heldOut, test }: { readonly heldOut: Pictures; readonly test: Pictures },
): Promise<Omit<Card, 'epochs' | 'trainedOn' | 'kept'>> => {
  const uncertainties = (given: readonly DigitAnswer[]): readonly number[] =>
    given.map(({ epistemic }) => epistemic);
  const threshold = rounded(quantile(uncertainties(await all(params, redrawn(heldOut).pixels)), QUANTILE));
  const refused = (given: readonly DigitAnswer[]): number =>
    rounded(uncertainties(given).filter((value) => value > threshold).length / given.length);
  const again = redrawn({ pixels: test.pixels.slice(0, REDRAWN), labels: test.labels.slice(0, REDRAWN) });
  const ofDigits = await all(params, again.pixels);
  const ofOthers = await all(
    params,
    Object.values(letters).flatMap((strokes) => centred(strokes) ?? []),
  );
  return {
    test: measured(await all(params, test.pixels), test.labels),
    redrawn: {
      count: again.labels.length,
      accuracy: measured(ofDigits, again.labels).accuracy,
      refused: refused(ofDigits),
    },
    others: {
      count: ofOthers.length,
      refused: refused(ofOthers),
      auroc: rounded(
        scalar(() =>
          auroc(
            tf.tensor1d([...uncertainties(ofOthers), ...uncertainties(ofDigits)]),
            tf.tensor1d([...ofOthers.map(() => 1), ...ofDigits.map(() => 0)]),
          ),
        ),
      ),
    },
    threshold,
    quantile: QUANTILE,
    heldOut: heldOut.labels.length,
  };
};

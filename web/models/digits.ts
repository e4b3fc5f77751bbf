import * as tf from '@tensorflow/tfjs-core';
import { categorical, random, vmapSamples } from 'tfjs-bayesian';
import { digitModel } from '../digits/network.ts';
import { SIDE } from '../digits/raster.ts';

/** The number of weight samples for an answer. */
export const DIGIT_DRAWS = 50;

/** A network's prediction for one picture. */
export interface DigitAnswer {
  /** The mean probability of each class. */
  readonly probabilities: readonly number[];
  /** The 10 % and 90 % quantiles of the weight samples' probabilities, for each class. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** The uncertainties, in nats. */
  readonly aleatoric: number;
  readonly epistemic: number;
}

/** Parameters of the network. */
export type DigitParams = ReturnType<typeof digitModel.init>;

const likelihood = categorical();

/** The same weight samples in every call, so that the same drawing gets the same answer. */
const shown = random.key(1);

/** A quantile of the values, by linear interpolation. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  return below + (at - Math.floor(at)) * (above - below);
};

/** The predictions for pictures of 784 grey values each; leaves no tensors. */
export const answers = async (
  params: DigitParams,
  pictures: readonly Float32Array[],
): Promise<readonly DigitAnswer[]> => {
  const [each, mean, aleatoric, epistemic] = tf.tidy(() => {
    const images = tf.stack(pictures.map((pixels) => tf.tensor3d(pixels, [SIDE, SIDE, 1])));
    const logits = vmapSamples({ samples: DIGIT_DRAWS, chunk: 10 })(digitModel)(
      params,
      shown,
      images as tf.Tensor4D,
    );
    const { mean, uncertainty } = likelihood.predictive(logits as tf.Tensor);
    return [tf.softmax(logits as tf.Tensor), mean, uncertainty.aleatoric, uncertainty.epistemic] as const;
  }) as readonly [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const [draws, means, shared, disputed] = await Promise.all([
    each.array() as Promise<number[][][]>,
    mean.array() as Promise<number[][]>,
    aleatoric.data(),
    epistemic.data(),
  ]);
  tf.dispose([each, mean, aleatoric, epistemic]);
  return pictures.map((_, row) => {
    const of = (digit: number) => draws.map((draw) => draw[row]?.[digit] as number);
    const digits = Array.from({ length: 10 }, (_, digit) => digit);
    return {
      probabilities: means[row] as number[],
      low: digits.map((digit) => quantile(of(digit), 0.1)),
      high: digits.map((digit) => quantile(of(digit), 0.9)),
      aleatoric: shared[row] as number,
      epistemic: disputed[row] as number,
    };
  });
};

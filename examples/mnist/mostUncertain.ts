import * as tf from '@tensorflow/tfjs-core';
import { type Predictive, plot, tree } from 'tfjs-bayesian';
import type { Digits } from './data.ts';

/** A figure of the digits with the most uncertain predictions, and the predictions. */
export const mostUncertain = async (
  { mean, uncertainty }: Predictive,
  { images, labels }: Digits,
  count: number,
): Promise<plot.Figure> => {
  const shown = tf.tidy(() => {
    const { values: entropies, indices } = tf.topk(uncertainty.total, Math.min(count, labels.size));
    const [digits, probabilities, truths] = [tf.reshape(images, [-1, 28, 28]), mean, labels].map((x) =>
      tf.gather(x, indices),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { entropies, answers: tf.argMax(probabilities, -1), digits, probabilities, truths };
  });
  const [entropies, answers, truths] = (await Promise.all(
    [shown.entropies, shown.answers, shown.truths].map(async (each) => Array.from(await each.data())),
  )) as [number[], number[], number[]];
  const figure = await plot.pictures(
    {
      images: shown.digits,
      probabilities: shown.probabilities,
      labels: truths,
      captions: entropies.map(
        (entropy, i) => `says ${answers[i]}, is ${truths[i]}, entropy ${entropy.toFixed(2)}`,
      ),
    },
    { title: 'The test digits that the network is least sure of (entropy in nats)' },
  );
  tree.dispose(shown);
  return figure;
};

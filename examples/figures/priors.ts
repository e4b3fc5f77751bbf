import * as tf from '@tensorflow/tfjs-core';
import { bayesian, linear, normal, plot, priorPredictive, random, sequential } from 'tfjs-bayesian';
import type { Figures } from './main.ts';

/** Functions of a wide network under two priors, before any data. */
export const priors = async (): Promise<Figures> => {
  const x = tf.reshape(tf.linspace(-1, 1, 121), [121, 1]);
  const net = sequential(linear(1, 256), tf.tanh, linear(256, 1));
  const figure = (title: string, model: ReturnType<typeof plain>) =>
    plot.priorPredictive(
      { x, samples: priorPredictive(model, { samples: 400 })(random.key(0), x) },
      { title, width: 400, functions: 12 },
    );
  const plain = () => bayesian()(net);
  const scaled = bayesian({ prior: normal({ std: 2 }), rescalePrior: true })(net);
  return {
    'prior-predictive': plot.sideBySide([
      await figure('normal()', plain()),
      await figure('normal({ std: 2 }), rescaled', scaled),
    ]),
  };
};

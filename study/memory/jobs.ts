// The job of the memory: in a module of its own, which every thread imports.
import * as tf from '@tensorflow/tfjs-core';
import { random, standardize, tree } from 'tfjs-bayesian';
import { job } from 'tfjs-bayesian/parallel';
import * as images from '../images/methods.ts';
import { measured } from '../measured.ts';
import * as regression from '../regression/methods.ts';
import { rounded } from '../rounded.ts';

/** A method for one of the two networks. */
export type Subject =
  | { readonly network: '50 hidden units'; readonly method: regression.MethodName }
  | { readonly network: 'LeNet-5'; readonly method: images.MethodName };

/** Random numbers of the sizes of the data: only these matter. */
const ROWS = { table: 455, inputs: 13, images: 256 };

const table = (method: regression.MethodName, key: random.Key): void => {
  const rows = () => ({
    inputs: random.normal(key, [ROWS.table, ROWS.inputs]),
    targets: random.normal(random.foldIn(key, 1), [ROWS.table, 1]),
  });
  const problem = {
    ...{ train: rows(), test: rows(), inputs: ROWS.inputs },
    target: standardize({ mean: [0], std: [1] }),
  };
  const settings = { temperature: 1, noise: { head: 'learned', factor: 1 }, stop: 1 } as const;
  const length = { steps: 2, draws: 4, leapfrogSteps: 2 };
  const run: regression.Run = regression.methods[method].run;
  tree.dispose([problem.train, problem.test, run(problem, settings, length, key).prediction]);
};

const pictures = async (method: images.MethodName, key: random.Key): Promise<void> => {
  const train = {
    images: random.uniform(key, [ROWS.images, 28, 28, 1]),
    labels: tf.zeros([ROWS.images], 'int32'),
  };
  const fitted = await images.methods[method].run(train, { epochs: 1, size: 128 }, key);
  tree.dispose([train, fitted.predicted(train.images)]);
  fitted.dispose();
};

/** The peak memory of tensors in two training steps and a prediction, data included. */
export const memory = job(import.meta.url, 'memory', (subject: Subject, key) =>
  measured(async () => {
    const { peakBytes } = await tf.profile(async () => {
      await (subject.network === 'LeNet-5' ? pictures(subject.method, key) : table(subject.method, key));
      return [];
    });
    return { peakMiB: rounded(peakBytes / 2 ** 20) };
  }),
);

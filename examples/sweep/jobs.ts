// The jobs of the sweep: in a module of their own, which every thread imports.
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  batches,
  bayesian,
  elbo,
  fit,
  gaussian,
  linear,
  localReparametrization,
  logScore,
  normal,
  pipe,
  predict,
  predictedNoise,
  random,
  rmse,
  sequential,
  split,
  standardize,
  trainStep,
  tree,
  withDivergence,
} from 'tfjs-bayesian';
import { job } from 'tfjs-bayesian/parallel';

/** The settings that are compared. */
export interface Settings {
  readonly learningRate: number;
  readonly hidden: number;
  readonly prior: number;
  readonly epochs: number;
}

type Cars = readonly Readonly<Record<string, number | string | null>>[];
const file = new URL('../../node_modules/vega-datasets/data/cars.json', import.meta.url);
const names = [
  'Miles_per_Gallon',
  'Cylinders',
  'Displacement',
  'Horsepower',
  'Weight_in_lbs',
  'Acceleration',
];

const table = (cars: Cars) => {
  const rows = cars.map((car) => names.map((name) => car[name])).filter((row) => !row.includes(null));
  return tf.tidy(() => {
    const all = tf.tensor2d(rows.map((row) => row.map(Number)));
    return { inputs: tf.slice(all, [0, 1]), targets: tf.slice(all, 0, [-1, 1]) };
  });
};

/** Trains a network for the fuel consumption of cars, and scores it on others. */
export const train = job(
  import.meta.url,
  'train',
  async ({ learningRate, hidden, prior, epochs }: Settings, key, { signal, progress }) => {
    const cars = table(JSON.parse(readFileSync(file, 'utf8')));
    // The same rows for every setting.
    const { train, test } = split(cars, { train: 0.75, test: 0.25 }, random.key(0));
    const [x, y] = [standardize(train.inputs), standardize(train.targets)];
    const data = { inputs: x.apply(train.inputs), targets: y.apply(train.targets) };
    const given = { inputs: x.apply(test.inputs), targets: y.apply(test.targets) };

    const likelihood = gaussian();
    const model = bayesian({ prior: normal({ std: prior }) })(
      sequential(linear(5, hidden), tf.tanh, linear(hidden, 2), predictedNoise),
    );
    const terms = pipe(model, localReparametrization, withDivergence);
    const loss = elbo({ likelihood, datasetSize: data.inputs.shape[0]! })(terms);
    const quiet = { progress: false, warnings: false };
    const fitted = await fit(trainStep(loss, adam({ learningRate })), {
      ...{ init: model.init, key, epochs, batches: batches(data, { size: 64 }), signal },
      ...quiet,
    });
    const asked = { likelihood, logProb: given.targets };
    const prediction = predict(model, asked)(fitted.params, random.key(1), given.inputs);
    const scores = { nll: logScore(prediction), rmse: rmse(prediction.mean, given.targets) };
    const [nll, error] = [scores.nll.dataSync()[0]!, scores.rmse.dataSync()[0]!];
    tree.dispose([cars, train, test, data, given, fitted, prediction, scores]);
    progress('trained');
    return { nll, rmse: error };
  },
);

import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as M from 'tfjs-bayesian';
import { onBackend } from '../backend.ts';

type Cars = readonly Readonly<Record<string, number | string | null>>[];
const path = new URL('../../node_modules/vega-datasets/data/cars.json', import.meta.url);
const cars = (JSON.parse(readFileSync(path, 'utf8')) as Cars).filter((car) => car.Miles_per_Gallon !== null);

// A missing number becomes a typical one, marked in a column of its own; a category becomes a column for each value.
const numbers = ['Cylinders', 'Displacement', 'Weight_in_lbs', 'Acceleration'];
const origins = ['Europe', 'Japan', 'USA'];
const inputs = (some: Cars) =>
  tf.tensor2d(
    some.map(({ Year, Horsepower, Origin, ...car }) => [
      ...[...numbers.map((name) => car[name]), String(Year).slice(0, 4), Horsepower ?? 95].map(Number),
      ...[Horsepower === null, ...origins.map((origin) => Origin === origin)].map(Number),
    ]),
  );
const targets = (some: Cars) => tf.tensor2d(some.map((car) => [Number(car.Miles_per_Gallon)]));

const [splits, epochs, size] = [[1, 2, 3, 4, 5], 400, 32];
const likelihood = M.gaussian();
const network = M.sequential(M.linear(10, 50), tf.tanh, M.linear(50, 2), M.predictedNoise);
type Network = (x: tf.Tensor) => M.NoisyOutput;

/** Trains on some cars, with others as validation, and predicts the rest, in miles per gallon. */
const predicted = async <P>(model: M.Model<P, Network>, split: number) => {
  const shares = { train: 260, validation: 60, test: cars.length - 320 };
  const { train, validation, test } = M.split(cars, shares, M.random.key(split));
  const [x, y] = [M.standardize(inputs(train)), M.standardize(targets(train))];
  const data = (some: Cars) => ({ inputs: x.apply(inputs(some)), targets: y.apply(targets(some)) });
  const terms = M.pipe(model, M.localReparametrization, M.withDivergence);
  const loss = M.elbo({ likelihood, datasetSize: train.length })(terms);
  const learningRate = M.schedule.cosine({ from: 0.01, steps: epochs * Math.ceil(train.length / size) });
  const batches = M.batches(data(train), { size });
  const valid = { data: data(validation), likelihood, every: 5 };
  const options = { model, key: M.random.key(split), epochs, batches, validation: valid, progress: false };
  const { best } = await M.fit(M.trainStep(loss, M.adam({ learningRate })), options);
  const given = data(test);
  const asked = { likelihood, interval: 0.9, logProb: given.targets, cdf: given.targets };
  const prediction = M.predict(model, asked)(best!.params, M.random.key(0), given.inputs);
  const { interval, ...inMiles } = y.invert(prediction);
  const [nll, covered] = [M.logScore(inMiles), M.coverage(interval, targets(test))];
  return { pit: M.pit(inMiles), nll: nll.dataSync()[0]!, covered: covered.dataSync()[0]!, rows: test.length };
};

process.exitCode = await onBackend('cars', process.argv.slice(2), async () => {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value) / values.length;
  // With few rows for many weights, inputs and hidden units that do not help should cost nothing.
  const relevant = M.bayesian({ prior: M.ard() })(network);
  const bayesian = await Promise.all(splits.map((split) => predicted(relevant, split)));
  const fixed = M.bayesian({ prior: M.flat(), posterior: M.pointMass() })(network);
  const plain = await Promise.all(splits.map((split) => predicted(fixed, split)));
  const figure = M.plot.intervalCoverage(tf.concat(bayesian.map(({ pit }) => pit)));
  await M.plot.save(await figure, 'out/cars.svg')();
  const rows = bayesian.reduce((sum, each) => sum + each.rows, 0);
  console.log(`coverage=${mean(bayesian.map(({ covered }) => covered)).toFixed(3)} n=${rows}`);
  console.log(
    `nll=${mean(bayesian.map(({ nll }) => nll)).toFixed(3)} plain=${mean(plain.map(({ nll }) => nll)).toFixed(3)}`,
  );
  return 0;
});

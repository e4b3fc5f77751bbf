import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import { random, type Standardization, split, standardize } from 'tfjs-bayesian';
import { complain } from '../../examples/commandLine.ts';

/** The tables of `--data`, and of `--quick` the one that comes with the package vega-datasets. */
export const tables = ['housing', 'concrete', 'energy', 'yacht', 'wine'] as const;
export type TableName = (typeof tables)[number] | 'cars';

/** Each row is test data in one of the splits. */
export const SPLITS = 10;

type Rows = readonly (readonly number[])[];

const numbers = (file: string): Rows => {
  if (!existsSync(file)) complain(`there is no ${file}: --data names the folder of the regression tables`);
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  return lines.map((line) => line.split(',').map(Number));
};

const fromFolder = (folder: string, name: string, number: number) => {
  const mask = numbers(path.join(folder, `${name}.test-mask.csv.gz`));
  const rows = numbers(path.join(folder, `${name}.csv.gz`));
  const where = (isTest: number): Rows => rows.filter((_, row) => mask[row]?.[number] === isTest);
  return { train: where(0), test: where(1) };
};

const columns = [
  ...['Cylinders', 'Displacement', 'Horsepower', 'Weight_in_lbs', 'Acceleration'],
  'Miles_per_Gallon',
];

const cars = (number: number) => {
  const file = new URL('../../node_modules/vega-datasets/data/cars.json', import.meta.url);
  const all: readonly Readonly<Record<string, unknown>>[] = JSON.parse(readFileSync(file, 'utf8'));
  const rows = all.map((car) => columns.map((name) => car[name])).filter((row) => !row.includes(null));
  return split(rows as Rows, { train: 0.9, test: 0.1 }, random.key(number));
};

/** The rows to train on and to test on, in one of the ten splits; the last column is the target. */
export const splitRows = (folder: string, name: TableName, number: number) =>
  name === 'cars' ? cars(number) : fromFolder(folder, name, number);

/** Inputs and targets `[rows, 1]`, in standard units. */
export interface Data {
  readonly inputs: tf.Tensor;
  readonly targets: tf.Tensor;
}

/** Two sets of rows, both in the standard units of the first, and the way back to the unit of the target. */
export interface Problem {
  readonly train: Data;
  readonly test: Data;
  readonly target: Standardization;
  readonly inputs: number;
}

const asTensors = (rows: Rows) => ({
  inputs: tf.tensor2d(rows.map((row) => row.slice(0, -1))),
  targets: tf.tensor2d(rows.map((row) => row.slice(-1))),
});

/** Standardizes by the moments of the first rows alone. */
export const problem = (train: Rows, test: Rows): Problem => {
  const [known, held] = [asTensors(train), asTensors(test)];
  const [x, y] = [standardize(known.inputs), standardize(known.targets)];
  const scaled = ({ inputs, targets }: Data): Data => {
    const both = { inputs: x.apply(inputs), targets: y.apply(targets) };
    tf.dispose([inputs, targets]);
    return both;
  };
  return { train: scaled(known), test: scaled(held), target: y, inputs: x.mean.length };
};

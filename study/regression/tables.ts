import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import { type Standardization, standardize } from 'tfjs-bayesian';
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

/** The rows of a table, and for each the splits in which it is test data. */
interface Table {
  readonly rows: Rows;
  readonly isTest: (row: number, split: number) => boolean;
}

const fromFolder = (folder: string, name: string): Table => {
  const mask = numbers(path.join(folder, `${name}.test-mask.csv.gz`));
  return {
    rows: numbers(path.join(folder, `${name}.csv.gz`)),
    isTest: (row, split) => mask[row]?.[split] === 1,
  };
};

const columns = [
  ...['Cylinders', 'Displacement', 'Horsepower', 'Weight_in_lbs', 'Acceleration'],
  'Miles_per_Gallon',
];

const cars = (): Table => {
  const file = new URL('../../node_modules/vega-datasets/data/cars.json', import.meta.url);
  const all: readonly Readonly<Record<string, unknown>>[] = JSON.parse(readFileSync(file, 'utf8'));
  const rows = all.map((car) => columns.map((name) => car[name])).filter((row) => !row.includes(null));
  return { rows: rows as Rows, isTest: (row, split) => row % SPLITS === split };
};

const table = (folder: string, name: TableName): Table =>
  name === 'cars' ? cars() : fromFolder(folder, name);

/** The rows to train on and to test on, in one of the ten splits; the last column is the target. */
export const splitRows = (folder: string, name: TableName, split: number) => {
  const { rows, isTest } = table(folder, name);
  const where = (wanted: boolean): Rows => rows.filter((_, row) => isTest(row, split) === wanted);
  return { train: where(false), test: where(true) };
};

/** The rows that are training data in all of some splits. */
export const commonRows = (folder: string, name: TableName, splits: readonly number[]): Rows => {
  const { rows, isTest } = table(folder, name);
  return rows.filter((_, row) => !splits.some((split) => isTest(row, split)));
};

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

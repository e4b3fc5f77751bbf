import * as tf from '@tensorflow/tfjs-core';
import { camelCase } from './camelCase.ts';
import { inputFromTorch } from './channels.ts';
import {
  arrayIn,
  type Fields,
  fieldsIn,
  type GoldenArray,
  isFields,
  isGoldenArray,
  readNumbers,
  toTensor,
} from './json.ts';

/** The tensors by name that a network is called with, in the order of its parameters. */
export type Inputs = Readonly<Record<string, tf.Tensor>>;

export const drawInputs = (golden: Fields): Inputs => {
  const inputs = fieldsIn(golden, 'inputs');
  return Object.fromEntries(Object.keys(inputs).map((name) => [name, toTensor(arrayIn(inputs, name))]));
};

/** A mask: of bool where it is recorded as `true` and `false`. */
const toMask = (array: GoldenArray): tf.Tensor => {
  const first: unknown = [array.data].flat(Number.POSITIVE_INFINITY)[0];
  return typeof first === 'boolean'
    ? tf.tensor(Uint8Array.from(readNumbers(array)), [...array.shape], 'bool')
    : toTensor(array);
};

/** The masks and flags of a call as a record of options, none where it has none. */
const readOptions = (golden: Fields): readonly Fields[] => {
  const call = isFields(golden.call) ? Object.entries(golden.call).filter(([, value]) => value !== null) : [];
  return call.length === 0
    ? []
    : [
        Object.fromEntries(
          call.map(([name, value]) => [camelCase(name), isGoldenArray(value) ? toMask(value) : value]),
        ),
      ];
};

/** All arguments of a case's call: its inputs in order, with channels last where it convolves, and the options. */
export const makeArguments = (golden: Fields, inputs: Inputs, axes: number): readonly unknown[] => [
  ...Object.values(inputs).map((x) => inputFromTorch(x, axes)),
  ...readOptions(golden),
];

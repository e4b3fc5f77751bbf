import { bayesian, checkpoint, type Forward, type Layer, random } from 'tfjs-bayesian';
import { expect } from 'vitest';
import { readHeader } from '../../../src/checkpoint/safetensors/safetensors.ts';
import { readBits } from './bits.ts';
import { right } from './files.ts';

export type AnyLayer = Layer<unknown, Forward>;

/** Written out and read back, the names with their shapes in PyTorch. */
export const listShapes = async (net: AnyLayer): Promise<Readonly<Record<string, string>>> => {
  const model = bayesian()(net);
  const params = model.init(random.key(0));
  const bytes = right(await checkpoint.toTorchBlue(model)(params)());
  expect(readBits(right(checkpoint.fromTorchBlue(model)(bytes)))).toEqual(readBits(params));
  return Object.fromEntries(right(readHeader(bytes)).tensors.map(({ name, shape }) => [name, shape.join()]));
};

/** A variable's name in torch_blue with that of a parameter: `0.weight` and `mean` are `0._weight_mean`. */
export const blueName = (name: string, parameter: string): string =>
  name.replace(/[^.]+$/, (variable) => `_${variable}_${parameter}`);

/** The means and spreads of variables by name. */
export const posteriors = (variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, shape]) =>
      ['mean', 'log_std'].map((parameter) => [blueName(name, parameter), shape] as const),
    ),
  );

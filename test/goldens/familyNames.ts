import * as E from 'fp-ts/lib/Either.js';
import { flat, type NormalDistribution, normal, type Posterior, type Prior, pointMass } from 'tfjs-bayesian';
import { notYet, type Possible } from './checked.ts';
import type { Expression } from './expression.ts';

const numberAt = ({ args, options }: Expression, index: number, name: string): object => {
  const value: unknown = args[index] ?? options[name];
  if (value === undefined) return {};
  if (typeof value !== 'number') throw new Error(`the distribution's ${name} is ${String(value)}`);
  return { [name]: value };
};

const normalOf = (call: Expression): NormalDistribution =>
  normal({ ...numberAt(call, 0, 'mean'), ...numberAt(call, 1, 'std'), ...numberAt(call, 2, 'eps') });

/** The prior that a torch_blue constructor call makes. */
export const priorCalled = (call: Expression): Possible<Prior> => {
  if (call.name === 'MeanFieldNormal') return E.right(normalOf(call).prior);
  return call.name === 'UniformPrior' || call.name === 'NonBayesian' ? E.right(flat()) : notYet(call.name);
};

/** The posterior that a torch_blue constructor call makes. */
export const posteriorCalled = (call: Expression): Possible<Posterior> => {
  if (call.name === 'MeanFieldNormal') return E.right(normalOf(call).posterior as Posterior);
  return call.name === 'NonBayesian' ? E.right(pointMass() as Posterior) : notYet(call.name);
};

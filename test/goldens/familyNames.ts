import * as E from 'fp-ts/lib/Either.js';
import { flat, normal, type Posterior, type Prior, pointMass, quiet, studentT } from 'tfjs-bayesian';
import type { NormalDistribution, StudentTDistribution } from 'tfjs-bayesian/distributions';
import { type Possible, unknownName } from './checked.ts';
import type { Expression } from './expression.ts';

/** The argument at a place or of torch_blue's name, under ours. */
const numberAt = (
  { args, options }: Expression,
  index: number,
  torchName: string,
  name = torchName,
): object => {
  const value: unknown = args[index] ?? options[torchName];
  if (value === undefined) return {};
  if (typeof value !== 'number') throw new Error(`the distribution's ${torchName} is ${String(value)}`);
  return { [name]: value };
};

const readNormal = (call: Expression): NormalDistribution =>
  normal({ ...numberAt(call, 0, 'mean'), ...numberAt(call, 1, 'std'), ...numberAt(call, 2, 'eps') });

const readQuiet = (call: Expression): Prior =>
  quiet({
    ...numberAt(call, 0, 'std_ratio', 'stdRatio'),
    ...numberAt(call, 1, 'mean_mean', 'meanMean'),
    ...numberAt(call, 2, 'mean_std', 'meanStd'),
    ...numberAt(call, 3, 'eps'),
  });

const readStudentT = (call: Expression): StudentTDistribution =>
  studentT({
    ...numberAt(call, 0, 'initial_scale', 'scale'),
    ...numberAt(call, 1, 'degrees_of_freedom', 'degreesOfFreedom'),
  });

/** The prior that a torch_blue constructor call makes. */
export const priorCalled = (call: Expression): Possible<Prior> => {
  if (call.name === 'MeanFieldNormal') return E.right(readNormal(call).prior);
  if (call.name === 'BasicQuietPrior') return E.right(readQuiet(call));
  return call.name === 'UniformPrior' || call.name === 'NonBayesian'
    ? E.right(flat())
    : unknownName(call.name);
};

/** The posterior that a torch_blue constructor call makes. */
export const posteriorCalled = (call: Expression): Possible<Posterior> => {
  if (call.name === 'MeanFieldNormal') return E.right(readNormal(call).posterior as Posterior);
  if (call.name === 'MeanFieldStudentT') return E.right(readStudentT(call).posterior as Posterior);
  return call.name === 'NonBayesian' ? E.right(pointMass() as Posterior) : unknownName(call.name);
};

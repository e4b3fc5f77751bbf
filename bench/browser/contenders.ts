import type { Contender } from '../contender.ts';
import { convolutionalTraining } from '../convolutions.ts';
import { encoderStep } from '../encoder/ours.ts';
import { jaxPrediction, jaxStep } from '../jax/runs.ts';
import {
  closedLoss,
  closedTraining,
  compiledTraining,
  predicting,
  sampledLoss,
  sampledTraining,
  stepping,
} from '../ours.ts';
import { figureOne } from '../problem.ts';
import { regressionStep } from '../regression.ts';
import { UNIT } from '../results.ts';
import { unitProduct } from '../stock/runs.ts';
import { tenOpsBy } from '../tenOps.ts';

const ours = (name: string, start: Contender['start']): Contender => ({ name, kernels: true, start });
const others = (name: string, start: Contender['start']): Contender => ({ name, kernels: false, start });

const predictions = (samples: number): readonly Contender[] => {
  const problem = { ...figureOne, samples };
  return [
    ours(`predict${samples}/ours`, () => predicting('weights')(problem)),
    others(`predict${samples}/jax`, () => jaxPrediction(problem)),
    ours(`outputs${samples}/ours`, () => predicting('outputs')(problem)),
  ];
};

/** What is measured in a page: all that runs without files. */
export const browserContenders: readonly Contender[] = [
  { ...others(UNIT, unitProduct), repeats: 20 },
  ours('step/ours', () => stepping(sampledTraining)(figureOne)),
  ours('step/compiled', () => stepping(compiledTraining(sampledLoss))(figureOne)),
  others('step/jax', () => jaxStep('sampled')(figureOne)),
  ours('closed/ours', () => stepping(closedTraining)(figureOne)),
  ours('closed/compiled', () => stepping(compiledTraining(closedLoss))(figureOne)),
  others('closed/jax', () => jaxStep('closed')(figureOne)),
  { ...ours('vmap/ours', () => tenOpsBy('vmap')), repeats: 1000 },
  { ...ours('vmap/direct', () => tenOpsBy('direct')), repeats: 1000 },
  ...predictions(10),
  ...predictions(100),
  ours('encoder/ours', encoderStep('sampled')),
  { ...ours('small/ours', regressionStep('as it is')), repeats: 20 },
  { ...ours('small/compiled', regressionStep('compiled')), repeats: 20 },
  ours('conv/ours', () => stepping(convolutionalTraining)(figureOne)),
];

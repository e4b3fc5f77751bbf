import { loading, saving } from './checkpoints.ts';
import type { Contender } from './contender.ts';
import {
  batchNormTraining,
  convolutionalLoss,
  convolutionalTraining,
  groupNormTraining,
  ordinaryConvolutionalTraining,
} from './convolutions.ts';
import { encoderStep } from './encoder/ours.ts';
import { stockEncoderStep } from './encoder/stock.ts';
import { apart, together } from './ensembles.ts';
import { jaxPrediction, jaxStep } from './jax/runs.ts';
import {
  closedLoss,
  closedTraining,
  compiledTraining,
  ordinaryTraining,
  predicting,
  sampledLoss,
  sampledTraining,
  stepping,
} from './ours.ts';
import { figureOne, type Problem } from './problem.ts';
import { regressionStep } from './regression.ts';
import { UNIT } from './results.ts';
import { stockConvolutionalStep } from './stock/convolutions.ts';
import { stockPrediction, stockStep, unitProduct } from './stock/runs.ts';
import { reducing } from './sums.ts';
import { tenOpsBy } from './tenOps.ts';
import { update } from './updates.ts';

const ours = (name: string, start: Contender['start']): Contender => ({ name, kernels: true, start });
const stock = (name: string, start: Contender['start']): Contender => ({ name, kernels: false, start });

const predictions = (samples: number): readonly Contender[] => {
  const problem: Problem = { ...figureOne, samples };
  return [
    ours(`predict${samples}/ours`, () => predicting('weights')(problem)),
    ours(`predict${samples}/compiled`, () => predicting('weights', 'compiled')(problem)),
    stock(`predict${samples}/stock`, () => stockPrediction('weights')(problem)),
    stock(`predict${samples}/jax`, () => jaxPrediction(problem)),
    ours(`outputs${samples}/ours`, () => predicting('outputs')(problem)),
    ours(`outputs${samples}/compiled`, () => predicting('outputs', 'compiled')(problem)),
    stock(`outputs${samples}/stock`, () => stockPrediction('outputs')(problem)),
  ];
};

/** The unit: stock TensorFlow.js's product, which takes too short a time to be measured alone. */
export const unit: Contender = { ...stock(UNIT, unitProduct), repeats: 20 };

/** All that a plain run measures. */
export const contenders: readonly Contender[] = [
  unit,
  ours('step/ours', () => stepping(sampledTraining)(figureOne)),
  ours('step/compiled', () => stepping(compiledTraining(sampledLoss))(figureOne)),
  stock('step/stock', () => stockStep('sampled')(figureOne)),
  stock('step/jax', () => jaxStep('sampled')(figureOne)),
  ours('step/ordinary', () => stepping(ordinaryTraining)(figureOne)),
  ours('closed/ours', () => stepping(closedTraining)(figureOne)),
  ours('closed/compiled', () => stepping(compiledTraining(closedLoss))(figureOne)),
  stock('closed/stock', () => stockStep('closed')(figureOne)),
  stock('closed/jax', () => jaxStep('closed')(figureOne)),
  { ...ours('vmap/ours', () => tenOpsBy('vmap')), repeats: 1000 },
  { ...ours('vmap/direct', () => tenOpsBy('direct')), repeats: 1000 },
  ...predictions(10),
  ...predictions(100),
  ours('encoder/ours', encoderStep('sampled')),
  ours('encoder/compiled', encoderStep('compiled')),
  stock('encoder/stock', stockEncoderStep),
  ours('encoder/ordinary', encoderStep('ordinary')),
  ours('conv/ours', () => stepping(convolutionalTraining)(figureOne)),
  ours('conv/compiled', () => stepping(compiledTraining(convolutionalLoss))(figureOne)),
  stock('conv/stock', () => stockConvolutionalStep(figureOne)),
  ours('conv/groupNorm', () => stepping(groupNormTraining)(figureOne)),
  ours('conv/batchNorm', () => stepping(batchNormTraining)(figureOne)),
  ours('conv/ordinary', () => stepping(ordinaryConvolutionalTraining)(figureOne)),
  { ...ours('small/ours', regressionStep('as it is')), repeats: 20 },
  { ...ours('small/compiled', regressionStep('compiled')), repeats: 20 },
  ours('ensemble/ours', () => together('ordinary')(figureOne)),
  ours('ensemble/apart', () => apart('ordinary')(figureOne)),
  ours('mixture/ours', () => together('bayesian')(figureOne)),
  ours('mixture/apart', () => apart('bayesian')(figureOne)),
  { ...ours('update/ours', () => update('ivon')(figureOne)), repeats: 5 },
  { ...ours('update/adam', () => update('adam')(figureOne)), repeats: 5 },
  ours('sums/ours', reducing),
  stock('sums/stock', reducing),
  ours('save/ours', () => saving(figureOne)),
  ours('load/ours', () => loading(figureOne)),
];

import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { adam, type TrainingState, trainStep } from 'tfjs-bayesian';
import type { AdamState } from 'tfjs-bayesian/optimizers';
import { inputFromTorch } from '../channels.ts';
import type { Check } from '../checked.ts';
import { ACCUMULATED, type Comparison, compare } from '../compare.ts';
import { parseExpression } from '../expression.ts';
import { arrayIn, type Fields, fieldsIn, isFields, listIn, numberIn, textIn, toTensor } from '../json.ts';
import { toTarget } from '../likelihoods.ts';
import { convolvedAxes, type Net } from '../modules.ts';
import { priorsIn, recordedNet, unused } from '../recordedCase.ts';
import { compareParams, noiseFrom } from '../torch.ts';
import { type NoisyBatch, networkLoss } from './network.ts';

const readOptimizer = (golden: Fields) => {
  const [beta1, beta2] = listIn(golden, 'betas').map(Number);
  if (beta1 === undefined || beta2 === undefined) throw new Error("the case needs two 'betas'");
  return adam({ learningRate: numberIn(golden, 'lr'), beta1, beta2, epsilon: numberIn(golden, 'eps') });
};

const makeBatch = (golden: Fields, net: Net, axes: number, step: Fields): NoisyBatch => ({
  inputs: [inputFromTorch(toTensor(arrayIn(step, 'input')), axes)],
  targets: toTarget(textIn(golden, 'predictive'), arrayIn(step, 'target')),
  noise: noiseFrom(net, fieldsIn(step, 'noise')),
});

interface Progress {
  readonly state: TrainingState<unknown, AdamState>;
  readonly losses: readonly Comparison[];
}

/** A short training run with recorded batches and noise: the loss of each step, the parameters at the end. */
export const checkAdamRun: Check = (golden) => {
  const start = fieldsIn(golden, 'start');
  const model = parseExpression(textIn(golden, 'model'));
  return pipe(
    recordedNet(model, start, priorsIn(golden), golden.norm_constants === true),
    E.map(({ net, params }) => {
      const training = trainStep(networkLoss(golden, net), readOptimizer(golden));
      const first: Progress = { state: training.init(params, unused), losses: [] };
      const end = listIn(golden, 'steps')
        .filter(isFields)
        .reduce(({ state, losses }, step, index): Progress => {
          const next = training.update(state, makeBatch(golden, net, convolvedAxes(model), step));
          const name = `steps[${index}].loss`;
          const own = compare(name, next.parts.loss, arrayIn(step, 'loss'), ACCUMULATED);
          return { state: next.state, losses: [...losses, own] };
        }, first);
      return [
        ...end.losses,
        ...compareParams('end', net, end.state.params, fieldsIn(golden, 'end'), ACCUMULATED),
      ];
    }),
  );
};

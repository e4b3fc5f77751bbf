import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import {
  modelOf,
  type random,
  valueAndGrad,
  type WithDivergence,
  weightSampling,
  withDivergence,
} from 'tfjs-bayesian';
import type { Check } from '../checked.ts';
import { ROUNDING } from '../compare.ts';
import { compareThose } from '../compareThose.ts';
import { sumEntropyConstants } from '../entropyConstant.ts';
import { type Expression, parseExpression } from '../expression.ts';
import { arrayIn, type Fields, fieldsIn, has, isFields, numberIn, textIn, toTensor } from '../json.ts';
import { toTarget } from '../likelihoods.ts';
import { makeObjective } from '../objective.ts';
import { priorsIn, recordedNet, unused } from '../recordedCase.ts';
import { compareParams } from '../torch.ts';

/** The multi-layer perceptron whose linear layers have the recorded weights; what stands between is ReLU. */
const readPerceptron = (bayesian: Fields): Expression => {
  const at = (index: number): Expression => {
    const weight = bayesian[`${index}.weight`];
    if (!isFields(weight)) return parseExpression('ReLU');
    const [outFeatures, inFeatures] = arrayIn(weight, 'mean').shape;
    return parseExpression(
      `VILinear(${inFeatures}, ${outFeatures}, bias=${has(bayesian, `${index}.bias`) ? 'True' : 'False'})`,
    );
  };
  const last = Math.max(...Object.keys(bayesian).map((name) => Number.parseInt(name, 10)));
  return { name: 'VISequential', args: Array.from({ length: last + 1 }, (_, i) => at(i)), options: {} };
};

interface Given {
  readonly samples: tf.Tensor;
  readonly params: unknown;
}

/** The closed-form loss on given samples: its parts, and the gradients of the divergence for the parameters. */
export const checkAnalyticalLoss: Check = (golden) => {
  const bayesian = fieldsIn(golden, 'bayesian');
  const normalized = golden.norm_constants === true;
  return pipe(
    recordedNet(readPerceptron(bayesian), bayesian, priorsIn(golden), normalized),
    E.map(({ net, params }) => {
      const samples = toTensor(arrayIn(golden, 'samples'));
      const target = toTarget(textIn(golden, 'predictive'), arrayIn(golden, 'target'));
      const [count = 1, batchSize = 1] = samples.shape;
      const inFeatures = arrayIn(fieldsIn(bayesian, '0.weight'), 'mean').shape[1] ?? 1;
      const diverging = withDivergence(modelOf(net, {}, weightSampling));
      const f = (given: Given, key: random.Key): WithDivergence<tf.Tensor> => ({
        output: given.samples,
        divergence: diverging(given.params, key, tf.zeros([1, inFeatures])).divergence,
      });
      const loss = makeObjective<Given, []>(golden, Object.assign(f, { samples: count }), batchSize);
      const [parts, gradient] = valueAndGrad(loss)({ samples, params }, unused, {
        inputs: [],
        targets: target,
      });
      const constant = numberIn(golden, 'heat') * sumEntropyConstants(net, normalized);
      return [
        ...compareThose(golden, {
          loss: tf.sub(parts.loss, constant),
          data_fitting: parts.dataFitting,
          prior_matching: tf.sub(parts.divergence, constant),
          grad_samples: gradient.samples,
        }),
        ...(has(golden, 'grad')
          ? compareParams('grad', net, gradient.params, fieldsIn(golden, 'grad'), ROUNDING)
          : []),
      ];
    }),
  );
};

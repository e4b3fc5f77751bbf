import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { flat, normal, valueAndGrad } from 'tfjs-bayesian';
import { closedForm } from '../../../src/distributions/divergence.ts';
import type { Check } from '../checked.ts';
import { compareThose } from '../compareThose.ts';
import { entropyConstant } from '../entropyConstant.ts';
import { arrayIn, numberOrTensorIn, toTensor } from '../json.ts';

/** The closed-form divergence of a normal posterior from a normal or a flat prior, and its gradients. */
export const checkDivergence: Check = (golden) => {
  const params = {
    mean: toTensor(arrayIn(golden, 'mean')),
    logStd: toTensor(arrayIn(golden, 'log_std')),
  };
  const uniform = golden.kind === 'UniformNormalDivergence';
  const readPrior = () => {
    const logStd = numberOrTensorIn(golden, 'prior_log_std');
    return normal({
      mean: numberOrTensorIn(golden, 'prior_mean'),
      std: typeof logStd === 'number' ? Math.exp(logStd) : tf.exp(logStd),
    }).prior;
  };
  const of = closedForm([])('weight', normal().posterior, uniform ? flat() : readPrior());
  const constant = uniform ? entropyConstant(params.mean.size, golden.norm_constants === true) : 0;
  const [{ loss }, gradient] = valueAndGrad((p: typeof params) => ({ loss: of(p) }))(params);
  return E.right(
    compareThose(golden, {
      value: tf.sub(loss, constant),
      grad_mean: gradient.mean,
      grad_log_std: gradient.logStd,
    }),
  );
};

import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { valueAndGrad } from 'tfjs-bayesian';
import { outputToTorch } from '../channels.ts';
import type { Check } from '../checked.ts';
import { ACCUMULATED, compare } from '../compare.ts';
import { compareThose } from '../compareThose.ts';
import { parseExpression } from '../expression.ts';
import { arrayIn, fieldsIn, has, textIn } from '../json.ts';
import { toTarget } from '../likelihoods.ts';
import { drawInputs, makeArguments } from '../makeArguments.ts';
import { convolvedAxes } from '../modules.ts';
import { findWeightSet, plainIn, priorsIn, recordedNet, unused } from '../recordedCase.ts';
import { compareParams, noiseFrom } from '../torch.ts';
import { stackLogProbs } from './layer.ts';
import { lossTerms, networkLoss } from './network.ts';

/** The whole loss of a network with recorded weights and noise, and its gradients down to the inputs. */
export const checkGradient: Check = (golden, file) => {
  const set = findWeightSet(golden, file);
  const model = parseExpression(textIn(golden, 'model'));
  const axes = convolvedAxes(model);
  return pipe(
    recordedNet(
      model,
      fieldsIn(set, 'bayesian'),
      priorsIn(golden),
      golden.norm_constants === true,
      plainIn(set.plain),
    ),
    E.map(({ net, params }) => {
      const inputs = drawInputs(golden);
      const noise = noiseFrom(net, fieldsIn(set, 'noise'));
      const targets = toTarget(textIn(golden, 'predictive'), arrayIn(golden, 'target'));
      const result = lossTerms(golden, net, noise)(params, unused, ...makeArguments(golden, inputs, axes));
      const loss = (at: { readonly params: unknown; readonly inputs: typeof inputs }) =>
        networkLoss(golden, net)(at.params, unused, {
          inputs: makeArguments(golden, at.inputs, axes),
          targets,
          noise,
        });
      const [parts, gradient] = valueAndGrad(loss)({ params, inputs });
      const inputGradients = has(golden, 'grad_inputs') ? fieldsIn(golden, 'grad_inputs') : {};
      return [
        ...compareThose(golden, {
          output: outputToTorch(result.output, inputs, axes),
          ...('logProbs' in result ? { log_probs: stackLogProbs(result) } : {}),
          loss: parts.loss,
        }),
        ...compareParams('grad', net, gradient.params, fieldsIn(golden, 'grad'), ACCUMULATED),
        ...compareParams('grad_plain', net, gradient.params, plainIn(golden.grad_plain), ACCUMULATED),
        ...Object.entries(gradient.inputs).flatMap(([name, tensor]) =>
          has(inputGradients, name)
            ? [compare(`grad_inputs.${name}`, tensor, arrayIn(inputGradients, name), ACCUMULATED)]
            : [],
        ),
      ];
    }),
  );
};

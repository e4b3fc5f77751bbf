import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type WithLogProbs, withLogProbs } from 'tfjs-bayesian';
import { inputFromTorch, outputToTorch } from '../channels.ts';
import type { Check } from '../checked.ts';
import { compare } from '../compare.ts';
import { arrayIn, fieldsIn, has, numberIn, tensorOf, textIn } from '../json.ts';
import { convolvedAxes } from '../modules.ts';
import { withRecordedNoise } from '../recorded.ts';
import { onlyInput, recordedNet, unused, weightSetOf } from '../recordedCase.ts';
import { noiseFrom } from '../torch.ts';

/** The log probabilities of all samples as torch_blue lays them out: `[samples, 2]`, the prior's first. */
export const logProbsOf = ({ logProbs }: WithLogProbs<unknown>): tf.Tensor =>
  tf.stack([logProbs.prior, logProbs.posterior], 1);

/** The forward pass of a layer with recorded weights and noise, and the log probabilities of its weights. */
export const checkLayer: Check = (golden, file) => {
  const set = weightSetOf(golden, file);
  const call = { name: textIn(golden, 'layer'), args: [], options: fieldsIn(golden, 'args') };
  return pipe(
    recordedNet(call, fieldsIn(set, 'bayesian'), fieldsIn(golden, 'prior'), golden.norm_constants === true),
    E.map(({ net, params }) => {
      const inputs = fieldsIn(golden, 'inputs');
      const axes = convolvedAxes(call);
      const recorded = onlyInput(
        Object.fromEntries(Object.keys(inputs).map((name) => [name, tensorOf(arrayIn(inputs, name))])),
      );
      const x = inputFromTorch(recorded, axes);
      const output = (y: tf.Tensor): tf.Tensor => outputToTorch(y, recorded, axes);
      const noise = noiseFrom(fieldsIn(set, 'noise'));
      const samples = numberIn(golden, 'samples');
      const expected = arrayIn(golden, 'output');
      if (!has(golden, 'log_probs')) {
        const result = withRecordedNoise(net, ({ apply }) => apply, noise, samples)(params, unused, x);
        return [compare('output', output(result), expected)];
      }
      const result = withRecordedNoise(net, withLogProbs, noise, samples)(params, unused, x);
      return [
        compare('output', output(result.output), expected),
        compare('log_probs', logProbsOf(result), arrayIn(golden, 'log_probs')),
      ];
    }),
  );
};

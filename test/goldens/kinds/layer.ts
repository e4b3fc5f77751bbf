import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { type Attended, tree, type WithLogProbs, withLogProbs } from 'tfjs-bayesian';
import { outputToTorch } from '../channels.ts';
import type { Check } from '../checked.ts';
import { ACCUMULATED, ROUNDING } from '../compare.ts';
import { compareThose } from '../compareThose.ts';
import { fieldsIn, has, numberIn, textIn } from '../json.ts';
import { drawInputs, makeArguments } from '../makeArguments.ts';
import { convolvedAxes } from '../modules.ts';
import { withRecordedNoise } from '../recorded.ts';
import { findWeightSet, plainIn, recordedNet, unused } from '../recordedCase.ts';
import { noiseFrom } from '../torch.ts';

/** The log probabilities of all samples as torch_blue lays them out: `[samples, 2]`, the prior's first. */
export const stackLogProbs = ({ logProbs }: WithLogProbs<unknown>): tf.Tensor =>
  tf.stack([logProbs.prior, logProbs.posterior], 1);

/** A network's output and, from an attention, its weights. */
const namedOutputs = (result: unknown): Readonly<Record<string, tf.Tensor>> => {
  if (tree.isTensor(result)) return { output: result };
  const { output, weights } = result as Partial<Attended> & Pick<Attended, 'output'>;
  return { output, ...(weights && { attn_weights: weights }) };
};

/** The forward pass of a layer with recorded weights and noise, and the log probabilities of its weights. */
export const checkLayer: Check = (golden, file) => {
  const set = findWeightSet(golden, file);
  const call = { name: textIn(golden, 'layer'), args: [], options: fieldsIn(golden, 'args') };
  const tolerance = call.name === 'VITransformer' ? ACCUMULATED : ROUNDING;
  return pipe(
    recordedNet(
      call,
      fieldsIn(set, 'bayesian'),
      fieldsIn(golden, 'prior'),
      golden.norm_constants === true,
      plainIn(set.plain),
    ),
    E.map(({ net, params }) => {
      const axes = convolvedAxes(call);
      const recorded = drawInputs(golden);
      const inputs = makeArguments(golden, recorded, axes);
      const outputs = (result: unknown) =>
        tree.map((y) => outputToTorch(y, recorded, axes))(namedOutputs(result));
      const noise = noiseFrom(net, fieldsIn(set, 'noise'));
      const samples = numberIn(golden, 'samples');
      if (!has(golden, 'log_probs')) {
        const output = withRecordedNoise(
          net,
          ({ apply }) => apply,
          noise,
          samples,
        )(params, unused, ...inputs);
        return compareThose(golden, outputs(output), tolerance);
      }
      const result = withRecordedNoise(net, withLogProbs, noise, samples)(params, unused, ...inputs);
      return compareThose(golden, { ...outputs(result.output), log_probs: stackLogProbs(result) }, tolerance);
    }),
  );
};

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { random } from '../../../src/index.ts';

const { layers } = tfl;

/** A model of layers in a chain, its weights replaced by draws, so that no bias is 0; variances are positive. */
export const trainedOn = (inputShape: readonly number[], ...chain: readonly tfl.layers.Layer[]) => {
  const model = tfl.sequential();
  model.add(layers.inputLayer({ inputShape: [...inputShape] }));
  for (const each of chain) model.add(each);
  const drawn = model.weights.map(({ name, shape }, i) =>
    random.uniform(random.key(i), shape as number[], {
      min: name.includes('variance') ? 0.1 : -1,
      max: 1,
    }),
  );
  model.setWeights(drawn);
  tf.dispose(drawn);
  return model;
};

/** The default initializer needs methods of tensors that are not loaded here. */
export const recurrent = { units: 3, recurrentInitializer: 'glorotUniform', name: 'memory' } as const;

/** An LSTM as PyTorch has it. */
export const lstmLike = { ...recurrent, returnSequences: true, recurrentActivation: 'sigmoid' } as const;

import * as tf from '@tensorflow/tfjs-core';
import type { Layer, Only, WithOptions } from './part.ts';
import { type RecurrentForward, type RecurrentOptions, recurrent } from './recurrent.ts';
import type { RecurrentWeightsOf } from './recurrentWeights.ts';

const cell = recurrent({
  name: 'lstm',
  gates: 4,
  parts: ['hidden', 'cell'],
  step: (fromInput, fromState, { cell: before }) => {
    const [input, forget, candidate, output] = tf.split(tf.add(fromInput, fromState), 4, 1) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const kept = tf.mul(tf.sigmoid(forget), before);
    const after = tf.add(kept, tf.mul(tf.sigmoid(input), tf.tanh(candidate)));
    return { hidden: tf.mul(tf.sigmoid(output), tf.tanh(after)), cell: after };
  },
});

/**
 * A long short-term memory (Hochreiter and Schmidhuber 1997), batch first, with PyTorch's order of gates: input,
 * forget, candidate, output. Called on `[batch, length, in]`, or `[length, in]`, it returns `{ output, state: {
 * hidden, cell } }`; a `state` from before may go in with the options. One draw of its weights serves the whole
 * sequence.
 *
 * @throws Error if a size is not a positive integer; when called, for an input or state of another shape
 * @example
 * const net = layer({ memory: lstm(3, 16), out: linear(16, 1) }, ({ memory, out }) =>
 *   (x: tf.Tensor) => out(memory(x).output));
 */
export const lstm = <const O extends RecurrentOptions = Record<never, never>>(
  inputSize: number,
  hiddenSize: number,
  options?: Only<O, RecurrentOptions>,
): Layer<WithOptions<RecurrentWeightsOf<O>, O>, RecurrentForward<'hidden' | 'cell'>> =>
  cell(inputSize, hiddenSize, options);

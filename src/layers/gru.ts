import * as tf from '@tensorflow/tfjs-core';
import type { Layer, Only, WithOptions } from './part.ts';
import { type RecurrentForward, type RecurrentOptions, recurrent } from './recurrent.ts';
import type { RecurrentWeightsOf } from './recurrentWeights.ts';

const thirds = (x: tf.Tensor) => tf.split(x, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];

const cell = recurrent({
  name: 'gru',
  gates: 3,
  parts: ['hidden'],
  step: (fromInput, fromState, { hidden }) => {
    const [resetInput, updateInput, candidateInput] = thirds(fromInput);
    const [resetState, updateState, candidateState] = thirds(fromState);
    const reset = tf.sigmoid(tf.add(resetInput, resetState));
    const update = tf.sigmoid(tf.add(updateInput, updateState));
    const candidate = tf.tanh(tf.add(candidateInput, tf.mul(reset, candidateState)));
    return { hidden: tf.add(candidate, tf.mul(update, tf.sub(hidden, candidate))) };
  },
});

/**
 * A gated recurrent unit (Cho et al. 2014) in PyTorch's form, in which the reset gate multiplies what the state
 * contributes to the candidate, bias included, and with its order of gates: reset, update, candidate. Called on
 * `[batch, length, in]`, or `[length, in]`, it returns `{ output, state: { hidden } }`; a `state` from before may
 * go in with the options. One draw of its weights serves the whole sequence.
 *
 * @throws Error if a size is not a positive integer; when called, for an input or state of another shape
 * @example
 * const net = layer({ memory: gru(3, 16), out: linear(16, 1) }, ({ memory, out }) =>
 *   (x: tf.Tensor) => out(memory(x).output));
 */
export const gru = <const O extends RecurrentOptions = Record<never, never>>(
  inputSize: number,
  hiddenSize: number,
  options?: Only<O, RecurrentOptions>,
): Layer<WithOptions<RecurrentWeightsOf<O>, O>, RecurrentForward<'hidden'>> =>
  cell(inputSize, hiddenSize, options);

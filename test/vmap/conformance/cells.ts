import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { everywhere, float, type Row } from '../support/againstLoop.ts';

const features = 2;
const units = 3;

/** Recurrent cells: `[batch, features]` and a state to the next state. */
export const cells: readonly Row[] = [
  {
    name: 'basicLSTMCell',
    gradient: everywhere,
    draw: fc.integer({ min: 1, max: 2 }).map((batch) => ({
      args: [
        float([features + units, 4 * units]),
        float([4 * units]),
        float([batch, features]),
        float([batch, units]),
        float([batch, units]),
      ],
      f: (kernel, bias, x, c, h) =>
        tf.basicLSTMCell(
          tf.scalar(1),
          kernel as tf.Tensor2D,
          bias as tf.Tensor1D,
          x as tf.Tensor2D,
          c as tf.Tensor2D,
          h as tf.Tensor2D,
        ),
    })),
  },
  {
    name: 'multiRNNCell',
    gradient: everywhere,
    draw: fc.integer({ min: 1, max: 2 }).map((batch) => ({
      args: [float([features + units, 4 * units]), float([2 * units, 4 * units]), float([batch, features])],
      f: (first, second, x) => {
        const zeros = (): tf.Tensor2D => tf.zeros([batch, units]);
        const cell =
          (kernel: tf.Tensor) =>
          (data: tf.Tensor2D, c: tf.Tensor2D, h: tf.Tensor2D): [tf.Tensor2D, tf.Tensor2D] =>
            tf.basicLSTMCell(tf.scalar(0), kernel as tf.Tensor2D, tf.zeros([4 * units]), data, c, h);
        const [states, outputs] = tf.multiRNNCell(
          [cell(first!), cell(second!)],
          x as tf.Tensor2D,
          [zeros(), zeros()],
          [zeros(), zeros()],
        );
        return [...states, ...outputs];
      },
    })),
  },
];

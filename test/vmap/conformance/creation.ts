import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { everywhere, float, type Row } from '../support/againstLoop.ts';

/** An operation that makes a tensor of no other: the samples share it. */
const made = (name: string, make: () => tf.Tensor): Row => ({
  name,
  gradient: everywhere,
  draw: fc.constant({ args: [float([])], f: (x) => tf.mul(x!, tf.cast(make(), 'float32')) }),
});

/** Operations that make a tensor of no other. */
export const creation: readonly Row[] = [
  made('buffer', () => tf.buffer([2, 2], 'float32', new Float32Array([1, 2, 3, 4])).toTensor()),
  made('browser.fromPixels', () =>
    tf.browser.fromPixels({ data: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]), width: 2, height: 1 }),
  ),
  made('cosineWindow', () => tf.op({ window: () => tf.signal.hannWindow(5) })()),
  made('eye', () => tf.eye(2, 3, [2])),
  made('fill', () => tf.fill([2, 3], 7)),
  made('linspace', () => tf.linspace(1, 4, 5)),
  made('ones', () => tf.ones([2])),
  made('range', () => tf.range(5, 0, -2)),
  made('scalar', () => tf.scalar(3)),
  made('signal.hammingWindow', () => tf.signal.hammingWindow(4)),
  made('signal.hannWindow', () => tf.signal.hannWindow(4)),
  made('tensor', () => tf.tensor([1, 2, 3, 4], [2, 2])),
  made('tensor1d', () => tf.tensor1d([1, 2])),
  made('tensor2d', () => tf.tensor2d([1, 2], [2, 1])),
  made('tensor3d', () => tf.tensor3d([1, 2], [2, 1, 1])),
  made('tensor4d', () => tf.tensor4d([1, 2], [2, 1, 1, 1])),
  made('tensor5d', () => tf.tensor5d([1, 2], [2, 1, 1, 1, 1])),
  made('tensor6d', () => tf.tensor6d([1, 2], [2, 1, 1, 1, 1, 1])),
  made('zeros', () => tf.zeros([2])),
];

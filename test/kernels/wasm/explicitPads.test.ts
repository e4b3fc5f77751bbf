import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { expectNumbers } from '../../support/numbers.ts';
import { random } from './onBoth.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
});

type Pad = 'same' | 'valid' | number;
type Pair = [number, number];

const axis = fc.record({ size: fc.integer({ min: 5, max: 9 }), taps: fc.integer({ min: 1, max: 5 }) });
const cases = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  height: axis,
  width: axis,
  channels: fc.integer({ min: 1, max: 5 }),
  filters: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  pad: fc.constantFrom<Pad>('same', 'valid', 0, 1, 2),
  seed: fc.nat(),
});

/** The sides of one axis. On the cpu backend tfjs sizes the result wrongly from one number too. */
const sides = ({ size, taps }: { size: number; taps: number }, stride: number, pad: Pad): Pair => {
  if (pad !== 'same') return pad === 'valid' ? [0, 0] : [pad, pad];
  const all = Math.max(0, (Math.ceil(size / stride) - 1) * stride + taps - size);
  return [Math.floor(all / 2), all - Math.floor(all / 2)];
};

const kinds = {
  conv2d: (x: tf.Tensor4D, f: tf.Tensor4D, stride: number, pad: Pad) => tf.conv2d(x, f, stride, pad),
  depthwiseConv2d: (x: tf.Tensor4D, f: tf.Tensor4D, stride: number, pad: Pad) =>
    tf.depthwiseConv2d(x, f, stride, pad),
  'fused.conv2d': (x: tf.Tensor4D, filter: tf.Tensor4D, strides: number, pad: Pad) =>
    tf.fused.conv2d({ x, filter, strides, pad, activation: 'relu' }),
  'fused.depthwiseConv2d': (x: tf.Tensor4D, filter: tf.Tensor4D, strides: number, pad: Pad) =>
    tf.fused.depthwiseConv2d({ x, filter, strides, pad, activation: 'relu' }),
};

describe('convolutions on wasm', () => {
  test.each(Object.entries(kinds))('are right for every filter and padding: %s', async (name, f) => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ batch, height, width, channels, filters, stride, pad, seed }) => {
        const draw = () =>
          [
            random(seed, [batch, height.size, width.size, channels]),
            random(seed + 1, [height.taps, width.taps, channels, filters]),
          ] as [tf.Tensor4D, tf.Tensor4D];
        const on = async (backend: string, one: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor) => {
          await tf.setBackend(backend);
          const out = tf.tidy(() => one(...draw()));
          const result = { shape: out.shape, values: Array.from(out.dataSync()) };
          out.dispose();
          return result;
        };
        const plain = name.endsWith('conv2d') ? tf.conv2d : tf.depthwiseConv2d;
        const wanted = await on('cpu', (x, filter) => {
          const pads: [Pair, Pair, Pair, Pair] = [
            [0, 0],
            sides(height, stride, pad),
            sides(width, stride, pad),
            [0, 0],
          ];
          const out = plain(tf.pad(x, pads), filter, stride, 'valid');
          return name.startsWith('fused') ? tf.relu(out) : out;
        });
        const got = await on('wasm', (x, filter) => f(x, filter, stride, pad));
        expect(got.shape).toEqual(wanted.shape);
        expectNumbers(got.values, wanted.values);
      }),
      { numRuns: 150 },
    );
  });
});

import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  type Argument,
  everywhere,
  float,
  none,
  notOnWasm,
  pickShape,
  type Row,
} from '../support/againstLoop.ts';

const count = fc.constantFrom(2, 3, 4, 8);

const complexOp = (
  name: string,
  f: (z: tf.Tensor) => tf.Tensor | readonly tf.Tensor[],
  shape: fc.Arbitrary<readonly number[]> = pickShape(0, 2),
  options: Partial<Row> = {},
): Row => ({
  name,
  gradient: none,
  only: notOnWasm,
  draw: shape.map((drawn) => ({
    args: [float(drawn), float(drawn)],
    f: (re, im) => f(tf.complex(re!, im!)),
  })),
  ...options,
});

const parts = (z: tf.Tensor): readonly tf.Tensor[] => [tf.real(z), tf.imag(z)];

const realOp = (
  name: string,
  arg: fc.Arbitrary<Argument>,
  f: (x: tf.Tensor) => tf.Tensor | readonly tf.Tensor[],
  options: Partial<Row> = {},
): Row => ({
  name,
  gradient: none,
  only: notOnWasm,
  draw: arg.map((one) => ({ args: [one], f: (x) => f(x!) })),
  ...options,
});

const makeRows = count.map((n) => float([2, n]));
const anyRows = fc.tuple(pickShape(0, 2), count).map(([outer, n]) => [...outer, n]);

/** Complex numbers, Fourier transforms and windows. */
export const spectra: readonly Row[] = [
  complexOp('complex', parts),
  complexOp('real', (z) => tf.real(z)),
  complexOp('imag', (z) => tf.imag(z)),
  complexOp('abs of complex numbers', (z) => tf.abs(z)),
  complexOp('mul of complex numbers', (z) => parts(tf.mul(z, z))),
  complexOp('fft', (z) => parts(tf.fft(z)), anyRows),
  complexOp('ifft', (z) => parts(tf.ifft(z)), anyRows),
  complexOp('irfft', (z) => tf.irfft(z), anyRows),
  complexOp('spectral.fft', (z) => parts(tf.spectral.fft(z)), anyRows),
  complexOp('spectral.ifft', (z) => parts(tf.spectral.ifft(z)), anyRows),
  complexOp('spectral.irfft', (z) => tf.spectral.irfft(z), anyRows),
  realOp('rfft', makeRows, (x) => parts(tf.rfft(x))),
  realOp('spectral.rfft, padded', makeRows, (x) => parts(tf.spectral.rfft(x, 9))),
  realOp(
    'signal.frame',
    fc.constant(float([7])),
    (x) => [tf.signal.frame(x as tf.Tensor1D, 3, 2), tf.signal.frame(x as tf.Tensor1D, 3, 2, true, -1)],
    { gradient: everywhere, only: everywhere },
  ),
  realOp('signal.stft', fc.constant(float([9])), (x) => parts(tf.signal.stft(x as tf.Tensor1D, 4, 2))),
];

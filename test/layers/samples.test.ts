import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normal } from '../../src/distributions/index.ts';
import {
  affine,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  deterministic,
  dropout,
  embedding,
  type Forward,
  flatten,
  gelu,
  groupNorm,
  gru,
  type Layer,
  layer,
  layerNorm,
  learnedNoise,
  linear,
  lstm,
  maxPool2d,
  multiheadAttention,
  randomKey,
  residual,
  rmsNorm,
  sequential,
  transformer,
  transformerEncoderLayer,
  variable,
} from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, vmapSamples, withLogProbs } from '../../src/transforms/index.ts';
import { leaves } from '../../src/tree/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNumbers, valuesOfEach } from '../support/numbers.ts';

interface Row {
  readonly name: string;
  readonly layer: Layer<unknown, Forward>;
  /** The shape of one row of the input. */
  readonly row: readonly number[];
}

const shared = layer(
  { w: [3, 3] },
  ({ w }) =>
    (x: tf.Tensor) =>
      tf.matMul(tf.matMul(x, w), w, false, true),
);
const jitter = layer(
  { noise: randomKey, scale: [3] },
  ({ noise, scale }) =>
    (x: tf.Tensor) =>
      noise === null ? x : tf.add(x, tf.mul(scale, random.normal(noise, x.shape))),
);
const scaled = affine(
  { w: [3] },
  ({ w }) =>
    (x: tf.Tensor) =>
      tf.mul(x, w),
  { featureRank: 1 },
);
const own = layer(
  { a: variable([3], { posterior: normal({ std: 2 }), initialMean: 1 }), b: deterministic([3]) },
  ({ a, b }) =>
    (x: tf.Tensor) => ({ sum: tf.add(x, a), rest: [tf.mul(x, b)] }),
);

const attention = layer(
  { a: multiheadAttention(4, 2, { addBiasKv: true, addZeroAttn: true, kdim: 3, vdim: 3 }), to: [3, 4] },
  ({ a, to }) =>
    (x: tf.Tensor) => {
      const query = tf.reshape(tf.matMul(tf.reshape(x, [-1, 3]), to), [-1, 2, 4]);
      const attnMask = tf.tensor2d([0, 1, 0, 0], [2, 2], 'bool');
      return a(query, x, x, { attnMask, averageAttnWeights: false });
    },
);
const decoded = layer(
  { net: transformer(4, 2, { dimFeedforward: 3, normFirst: true, dropout: 0.2 }) },
  ({ net }) =>
    (x: tf.Tensor) => {
      const padding = tf.greater(tf.sum(x, -1), 0.5);
      return net(x, tf.reverse(x, 1), {
        tgtIsCausal: true,
        srcKeyPaddingMask: padding,
        memoryKeyPaddingMask: padding,
      });
    },
);

const embedded = layer(
  { e: embedding(3, 4, { paddingIdx: 1 }) },
  ({ e }) =>
    (x: tf.Tensor) =>
      e(tf.cast(tf.round(tf.abs(tf.mul(x, 2))), 'int32')),
);

const table: readonly Row[] = [
  { name: 'linear', layer: linear(3, 4), row: [3] },
  { name: 'linear without bias', layer: linear(3, 4, { bias: false }), row: [3] },
  { name: 'linear over positions', layer: linear(3, 4), row: [2, 3] },
  {
    name: 'a chain by position',
    layer: sequential(flatten(), linear(6, 4), tf.tanh, linear(4, 2)),
    row: [2, 3],
  },
  {
    name: 'a chain by name',
    layer: sequential({ b: linear(3, 4), act: tf.relu, a: linear(4, 2) }),
    row: [3],
  },
  { name: 'residual', layer: residual(sequential(linear(3, 4), tf.relu, linear(4, 3))), row: [3] },
  { name: 'dropout', layer: sequential(linear(3, 8), dropout(0.4), linear(8, 2)), row: [3] },
  { name: 'a shared variable', layer: shared, row: [3] },
  { name: 'a layer with a key', layer: jitter, row: [3] },
  { name: 'affine', layer: scaled, row: [3] },
  { name: 'an ordinary network', layer: deterministic(sequential(linear(3, 2), tf.relu)), row: [3] },
  { name: 'options and trees for outputs', layer: own, row: [3] },
  {
    name: 'norms',
    layer: sequential(linear(3, 4), layerNorm(4), gelu, rmsNorm(4), groupNorm(2, 4)),
    row: [3],
  },
  { name: 'attention with all its options', layer: attention, row: [2, 3] },
  { name: 'an encoder layer', layer: transformerEncoderLayer(4, 2, { dimFeedforward: 3 }), row: [3, 4] },
  { name: 'a transformer with masks', layer: decoded, row: [2, 4] },
  { name: 'lstm', layer: lstm(2, 3, { numLayers: 2 }), row: [3, 2] },
  { name: 'gru in both directions', layer: gru(2, 3, { bidirectional: true }), row: [3, 2] },
  { name: 'embedding', layer: embedded, row: [3] },
  {
    name: 'a convolutional network',
    layer: sequential(
      conv2d(1, 3, 2, { padding: 1 }),
      tf.relu,
      maxPool2d(2),
      conv2d(3, 2, 2),
      flatten(),
      linear(8, 2),
    ),
    row: [5, 5, 1],
  },
  { name: 'conv1d', layer: conv1d(2, 3, 3, { padding: 'same', paddingMode: 'circular' }), row: [5, 2] },
  { name: 'conv2d in groups', layer: conv2d(4, 2, 2, { groups: 2, dilation: 2 }), row: [4, 3, 4] },
  { name: 'conv2d, depthwise', layer: conv2d(2, 4, 2, { groups: 2, stride: 2 }), row: [4, 5, 2] },
  { name: 'conv3d', layer: conv3d(2, 3, 2, { padding: [0, 1, 0] }), row: [2, 3, 3, 2] },
  {
    name: 'convTranspose2d',
    layer: convTranspose2d(2, 3, 3, { stride: 2, outputPadding: 1 }),
    row: [2, 3, 2],
  },
  { name: 'learned noise', layer: sequential(linear(3, 2), learnedNoise(2)), row: [3] },
];

describeOnBackends('vmapSamples', (backend) => {
  it.each(table)('equals the loop over foldIn(key, s): $name', ({ layer: each, row }) => {
    const model = bayesian()(each);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        (samples, batch, seed) => {
          tf.tidy(() => {
            const params = model.init(random.key(seed));
            const key = random.foldIn(random.key(seed), 1);
            const x = tf.randomUniform([batch, ...row], -1, 1, 'float32', seed) as never;
            const f = withLogProbs(model);
            const together = leaves(vmapSamples({ samples })(f)(params, key, x));
            const apart = Array.from({ length: samples }, (_, s) =>
              leaves(f(params, random.foldIn(key, s), x)),
            );
            const [got, ...loop] = [together, ...apart].map(valuesOfEach);
            together.forEach((tensor, index) => {
              expect(tensor.shape).toEqual([samples, ...(apart[0]![index]?.shape ?? [])]);
              const expected = loop.flatMap((outputs) => outputs[index]!);
              if (backend === 'cpu') expect(got![index]).toEqual(expected);
              else expectNumbers(got![index]!, expected, 1e-5);
            });
          });
        },
      ),
      { numRuns: runs(15) },
    );
  });
});

import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  bayesian,
  checkpoint,
  deterministic,
  embedding,
  groupNorm,
  gru,
  layerNorm,
  lstm,
  multiheadAttention,
  posteriorMean,
  random,
  sequential,
  transformer,
  transformerDecoderLayer,
  transformerEncoder,
  transformerEncoderLayer,
} from 'tfjs-bayesian';
import { beforeAll, describe, expect, test } from 'vitest';
import { right } from './support/files.ts';
import { stateDict } from './support/stateDict.ts';
import { type AnyLayer, listShapes, posteriors } from './support/written.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const attention = (prefix: string, size: number): Readonly<Record<string, string>> => ({
  [`${prefix}in_proj_weight`]: `${3 * size},${size}`,
  [`${prefix}out_proj_weight`]: `${size},${size}`,
  [`${prefix}in_proj_bias`]: `${3 * size}`,
  [`${prefix}out_proj_bias`]: `${size}`,
});

const feedforward = (prefix: string, size: number, hidden: number): Readonly<Record<string, string>> => ({
  [`${prefix}_ff_block.0.weight`]: `${hidden},${size}`,
  [`${prefix}_ff_block.0.bias`]: `${hidden}`,
  [`${prefix}_ff_block.2.weight`]: `${size},${hidden}`,
  [`${prefix}_ff_block.2.bias`]: `${size}`,
});

const norms = (prefix: string, count: number, size: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) =>
      ['weight', 'bias'].map((name) => [`${prefix}norm${i + 1}.${name}`, `${size}`] as const),
    ).flat(),
  );

describe('names and shapes in torch_blue', () => {
  test('of attention', async () => {
    expect(await listShapes(multiheadAttention(4, 2))).toEqual(posteriors(attention('', 4)));
    expect(
      await listShapes(multiheadAttention(4, 2, { kdim: 3, vdim: 5, addBiasKv: true, bias: false })),
    ).toEqual(
      posteriors({
        q_proj_weight: '4,4',
        k_proj_weight: '4,3',
        v_proj_weight: '4,5',
        out_proj_weight: '4,4',
        bias_k: '1,1,4',
        bias_v: '1,1,4',
      }),
    );
  });

  test('of transformers', async () => {
    const encoderLayer = (prefix: string) => ({
      ...posteriors({ ...attention(`${prefix}self_attn.`, 4), ...feedforward(prefix, 4, 6) }),
      ...norms(prefix, 2, 4),
    });
    const decoderLayer = (prefix: string) => ({
      ...posteriors({
        ...attention(`${prefix}self_attn.`, 4),
        ...attention(`${prefix}multihead_attn.`, 4),
        ...feedforward(prefix, 4, 6),
      }),
      ...norms(prefix, 3, 4),
    });
    const layer = transformerEncoderLayer(4, 2, { dimFeedforward: 6 });
    expect(await listShapes(layer)).toEqual(encoderLayer(''));
    expect(await listShapes(transformerDecoderLayer(4, 2, { dimFeedforward: 6 }))).toEqual(decoderLayer(''));
    expect(await listShapes(transformerEncoder(layer, 2, { norm: layerNorm(4) }))).toEqual({
      ...encoderLayer('layers.0.'),
      ...encoderLayer('layers.1.'),
      'norm.weight': '4',
      'norm.bias': '4',
    });
    expect(await listShapes(transformer(4, 2, { dimFeedforward: 6 }))).toEqual({
      ...encoderLayer('encoder.layers.0.'),
      'encoder.norm.weight': '4',
      'encoder.norm.bias': '4',
      ...decoderLayer('decoder.layers.0.'),
      'decoder.norm.weight': '4',
      'decoder.norm.bias': '4',
    });
  });
});

describe('names and shapes in torch.nn', () => {
  const plain = (net: AnyLayer) => listShapes(deterministic(net));

  test('of attention and an encoder layer', async () => {
    const found = await plain(transformerEncoderLayer(4, 2, { dimFeedforward: 6 }));
    const expected = {
      'self_attn.in_proj_weight': '12,4',
      'self_attn.in_proj_bias': '12',
      'self_attn.out_proj.weight': '4,4',
      'self_attn.out_proj.bias': '4',
      'linear1.weight': '6,4',
      'linear1.bias': '6',
      'linear2.weight': '4,6',
      'linear2.bias': '4',
      ...norms('', 2, 4),
    };
    expect(found).toEqual(expected);
    // In the order of a state dictionary, so that the data are the same byte for byte.
    expect(Object.keys(found)).toEqual(Object.keys(expected));
  });

  test('of recurrent layers, each layer and direction', async () => {
    const direction = (place: string, inputs: number, gates: number) => ({
      [`weight_ih_${place}`]: `${gates * 3},${inputs}`,
      [`weight_hh_${place}`]: `${gates * 3},3`,
      [`bias_ih_${place}`]: `${gates * 3}`,
      [`bias_hh_${place}`]: `${gates * 3}`,
    });
    expect(await plain(lstm(2, 3))).toEqual(direction('l0', 2, 4));
    expect(await plain(gru(2, 3, { numLayers: 2, bidirectional: true }))).toEqual({
      ...direction('l0', 2, 3),
      ...direction('l0_reverse', 2, 3),
      ...direction('l1', 6, 3),
      ...direction('l1_reverse', 6, 3),
    });
  });

  test('of embeddings and norms, unchanged', async () => {
    expect(await plain(embedding(7, 3))).toEqual({ weight: '7,3' });
    expect(await plain(layerNorm([3, 4]))).toEqual({ weight: '3,4', bias: '3,4' });
    expect(await plain(groupNorm(2, 4))).toEqual({ weight: '4', bias: '4' });
  });
});

test('a norm over a whole image is transposed to channels first, as docs/how-to/checkpoints.md says', () => {
  const [channels, height, width] = [2, 3, 4];
  const norm = sequential(
    (x) => tf.transpose(x, [0, 3, 1, 2]),
    layerNorm([channels, height, width]),
    (x) => tf.transpose(x, [0, 2, 3, 1]),
  );
  const model = bayesian()(sequential((x) => x, norm));
  const weight = random.normal(random.key(1), [channels, height, width]);
  const bias = random.normal(random.key(2), [channels, height, width]);
  const params = right(
    checkpoint.fromTorchBlue(model, { module: (name) => name.replace(/^1\.1$/, '1') })(
      stateDict({ '1.weight': weight, '1.bias': bias }),
    ),
  );
  const first = random.normal(random.key(3), [5, channels, height, width]);
  const { mean, variance } = tf.moments(first, [1, 2, 3], true);
  const expected = tf.add(tf.mul(tf.div(tf.sub(first, mean), tf.sqrt(tf.add(variance, 1e-5))), weight), bias);
  const y = posteriorMean(model).apply(params, random.key(0), tf.transpose(first, [0, 2, 3, 1]));
  const off = tf.max(tf.abs(tf.sub(tf.transpose(y, [0, 3, 1, 2]), expected))).dataSync()[0];
  expect(off).toBeLessThan(1e-5);
});

import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  gelu,
  layer,
  layerNorm,
  transformer,
  transformerDecoder,
  transformerDecoderLayer,
  transformerEncoder,
  transformerEncoderLayer,
} from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { leaves } from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { ordinary } from './support/ordinary.ts';
import { resolveSites } from './support/sites.ts';
import { uniform } from './support/sized.ts';

const key = random.key(0);
const options = { dimFeedforward: 5, activation: gelu, layerNormEps: 0.01 };

const padding = (shape: readonly [number, number]) =>
  tf.tensor2d([...Array(shape[0] * shape[1] - 1).fill(0), 1], shape as [number, number], 'bool');

describeOnBackends('transformer', () => {
  it('a transformer decodes its encoding, with every mask in its place', () => {
    tf.tidy(() => {
      const model = ordinary(
        transformer(4, 2, { ...options, numEncoderLayers: 2, numDecoderLayers: 2, bias: false }),
      );
      const params = model.init(key);
      const bare = { ...options, bias: false } as const;
      const encoder = transformerEncoder(transformerEncoderLayer(4, 2, bare), 2, {
        norm: layerNorm(4, { eps: 0.01, bias: false }),
      });
      const decoder = transformerDecoder(transformerDecoderLayer(4, 2, bare), 2, {
        norm: layerNorm(4, { eps: 0.01, bias: false }),
      });
      const [src, tgt] = [uniform([2, 3, 4], 1), uniform([2, 2, 4], 2)];
      const [srcMask, tgtMask, memoryMask] = [uniform([3, 3], 3), uniform([2, 2], 4), uniform([2, 3], 5)];
      const [source, target] = [padding([2, 3]), padding([2, 2])];
      const memory = ordinary(encoder).apply(params.encoder, key, src, {
        mask: srcMask,
        srcKeyPaddingMask: source,
      });
      const decoderMasks = {
        ...{ tgtMask, memoryMask, tgtKeyPaddingMask: target, memoryKeyPaddingMask: source },
      };
      const expected = ordinary(decoder).apply(params.decoder, key, tgt, memory, decoderMasks);
      const found = model.apply(params, key, src, tgt, {
        ...{ srcMask, srcKeyPaddingMask: source },
        ...decoderMasks,
      });
      expect(found.shape).toEqual([2, 2, 4]);
      expectNumbers(values(found), values(expected));
      const causal = model.apply(params, key, src, src, {
        ...{ srcIsCausal: true, tgtIsCausal: true, memoryIsCausal: true },
      });
      const changed = tf.concat([tf.slice(src, 0, [2, 2, 4]), tf.ones([2, 1, 4])], 1);
      const again = model.apply(params, key, changed, changed, {
        ...{ srcIsCausal: true, tgtIsCausal: true, memoryIsCausal: true },
      });
      const before = (y: tf.Tensor) => values(tf.slice(y, 0, [2, 2, 4]));
      expectNumbers(before(again), before(causal));
    });
  });

  it('takes a custom encoder and decoder', () => {
    tf.tidy(() => {
      const customEncoder = layer(
        { scale: [4] },
        ({ scale }) =>
          (src: tf.Tensor) =>
            tf.mul(src, scale),
      );
      const customDecoder = layer(
        { offset: [4] },
        ({ offset }) =>
          (tgt: tf.Tensor, memory: tf.Tensor) =>
            tf.add(tf.add(tgt, offset), tf.sum(memory, 1, true)),
      );
      const model = ordinary(transformer(4, 2, { customEncoder, customDecoder }));
      const params = model.init(key);
      const [src, tgt] = [uniform([2, 3, 4], 1), uniform([2, 2, 4], 2)];
      const memory = tf.sum(tf.mul(src, params.encoder.scale.value), 1, true);
      expectNumbers(
        values(model.apply(params, key, src, tgt)),
        values(tf.add(tf.add(tgt, params.decoder.offset.value), memory)),
      );
    });
  });

  it('takes sequences without a batch', () => {
    tf.tidy(() => {
      const model = ordinary(transformer(4, 2, options));
      const params = model.init(key);
      const [src, tgt] = [uniform([3, 4], 1), uniform([2, 4], 2)];
      const alone = model.apply(params, key, src, tgt);
      expect(alone.shape).toEqual([2, 4]);
      const up = (x: tf.Tensor) => tf.expandDims(x, 0);
      expectNumbers(values(alone), values(model.apply(params, key, up(src), up(tgt))));
    });
  });

  it('refuse inputs that do not fit', () => {
    tf.tidy(() => {
      const model = ordinary(transformer(4, 2, options));
      const params = model.init(key);
      const of =
        (...shapes: readonly (readonly number[])[]) =>
        () =>
          model.apply(
            params,
            key,
            ...(shapes.map((shape) => tf.zeros([...shape])) as [tf.Tensor, tf.Tensor]),
          );
      expect(of([2, 3, 5], [2, 3, 4])).toThrow(
        'transformer: src must be a tensor [batch, length, 4], or [length, 4] without a batch, got a float32 tensor of shape [2, 3, 5]',
      );
      expect(of([2, 3, 4], [4])).toThrow(/^transformer: tgt must be a tensor \[batch, length, 4\]/);
      expect(of([2, 3, 4], [1, 3, 4])).toThrow(/^transformer: tgt must be of the batch of src, \[2, 3, 4\]/);
      expect(of([2, 3, 4], [3, 4])).toThrow(/^transformer: tgt must be of the batch of src/);
      const encoder = ordinary(transformerEncoderLayer(4, 2));
      expect(() => encoder.apply(encoder.init(key), key, tf.zeros([2, 3]))).toThrow(
        /^transformerEncoderLayer: src must be/,
      );
      const decoder = ordinary(transformerDecoderLayer(4, 2));
      expect(() => decoder.apply(decoder.init(key), key, tf.zeros([2, 4]), tf.zeros([2, 3]))).toThrow(
        /^transformerDecoderLayer: memory must be/,
      );
    });
  });

  it('leak no tensors', () => {
    const model = ordinary(transformer(4, 2, { dimFeedforward: 3 }));
    const params = model.init(key);
    const x = tf.ones([2, 3, 4]);
    expectNoLeak(() => model.apply(params, key, x, x, { tgtIsCausal: true }));
    tf.dispose([x, ...leaves(params)]);
  });
});

describe('transformers', () => {
  const readStd = (of: Parameters<typeof resolveSites>[0]) =>
    resolveSites(of)
      .filter(({ posterior }) => posterior.name === 'normal')
      .map(({ prior }) => prior.moments?.std);

  it('rescale their priors by default', () => {
    for (const std of readStd(transformer(4, 2))) expect(std).not.toBe(1);
    for (const std of readStd(transformer(4, 2, { rescalePrior: false }))) expect(std).toBe(1);
  });

  it('have all biases or none', () => {
    const names = (of: Parameters<typeof resolveSites>[0]) =>
      resolveSites(of).map(({ path }) => path.join('.'));
    expect(names(transformer(4, 2, { bias: false })).filter((name) => /bias/i.test(name))).toEqual([]);
    expect(names(transformerEncoderLayer(4, 2))).toEqual([
      ...['inProjWeight', 'outProjWeight', 'inProjBias', 'outProjBias'].map((name) => `selfAttn.${name}`),
      ...['linear1', 'linear2', 'norm1', 'norm2'].flatMap((name) => [`${name}.weight`, `${name}.bias`]),
    ]);
  });

  it('refuse options that do not fit', () => {
    expect(() => transformerEncoderLayer(4, 3)).toThrow(
      'transformerEncoderLayer: dModel must be divisible by nhead, 3, got 4',
    );
    expect(() => transformerDecoderLayer(0, 1)).toThrow(/^transformerDecoderLayer: dModel must be/);
    expect(() => transformerEncoderLayer(4, 2, { dimFeedforward: 0 })).toThrow(
      /^transformerEncoderLayer: dimFeedforward must be/,
    );
    expect(() => transformerEncoderLayer(4, 2, { activation: 'relu' as never })).toThrow(
      "transformerEncoderLayer: activation must be a function of a tensor, got 'relu'",
    );
    expect(() => transformerEncoder(transformerEncoderLayer(4, 2), 0)).toThrow(
      'transformerEncoder: numLayers must be a positive integer, got 0',
    );
    expect(() => transformerDecoder(transformerDecoderLayer(4, 2), 1.5)).toThrow(
      /^transformerDecoder: numLayers/,
    );
    // @ts-expect-error: a misspelt option
    expect(() => transformer(4, 2, { numLayers: 2 })).toThrow(
      "transformer: unknown option 'numLayers'; the options are ",
    );
  });
});

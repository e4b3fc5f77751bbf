import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { gaussian } from '../../src/distributions/index.ts';
import {
  type EncoderLayerOptions,
  gelu,
  type Layer,
  layerNorm,
  linear,
  multiheadAttention,
  transformer,
  transformerDecoderLayer,
  transformerEncoder,
  transformerEncoderLayer,
  type Unary,
} from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import {
  type Batch,
  bayesian,
  elbo,
  localReparametrization,
  valueAndGrad,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/transforms/index.ts';
import { leaves, map, unflatten } from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNumbers, values, valuesOfEach } from '../support/numbers.ts';
import { ordinary } from './support/ordinary.ts';
import { uniform } from './support/sized.ts';

const key = random.key(0);
const options = { dimFeedforward: 5, activation: gelu, layerNormEps: 0.01 };

/** The same weights with all norms moved off the identity. */
const moved = <P>(params: P): P =>
  map((x, path) => (path.some((name) => /^norm/.test(name)) ? uniform(x.shape, path.length) : x))(
    params,
  ) as P;

type Own = Readonly<Record<string, unknown>>;

/** The functions of an encoder's or decoder's parts with given weights. */
const splitParts = (params: Own) => {
  const on =
    (part: Layer<unknown, Unary>, name: string): Unary =>
    (x) =>
      ordinary(part).apply(params[name] as never, key, x) as tf.Tensor;
  const attention = (name: string, masks: object) => (x: tf.Tensor, memory: tf.Tensor) =>
    ordinary(multiheadAttention(4, 2)).apply(params[name] as never, key, x, memory, memory, masks).output;
  const feedforward: Unary = (x) => on(linear(5, 4), 'linear2')(gelu(on(linear(4, 5), 'linear1')(x)));
  const norm = (name: string) => on(layerNorm(4, { eps: 0.01 }), name);
  return { attention, feedforward, norm };
};

const padding = (shape: readonly [number, number]) =>
  tf.tensor2d([...Array(shape[0] * shape[1] - 1).fill(0), 1], shape as [number, number], 'bool');

describeOnBackends('transformers', () => {
  it.each([[false], [true]])('an encoder layer is its formula, norms first: %s', (normFirst) => {
    tf.tidy(() => {
      const model = ordinary(transformerEncoderLayer(4, 2, { ...options, normFirst }));
      const params = moved(model.init(key));
      const x = uniform([2, 3, 4], 1);
      const [srcMask, srcKeyPaddingMask] = [uniform([3, 3], 2), padding([2, 3])];
      const { attention, feedforward, norm } = splitParts(params);
      const attend = attention('selfAttn', { attnMask: srcMask, keyPaddingMask: srcKeyPaddingMask });
      const [norm1, norm2] = [norm('norm1'), norm('norm2')];
      const first = normFirst ? tf.add(x, attend(norm1(x), norm1(x))) : norm1(tf.add(x, attend(x, x)));
      const expected = normFirst
        ? tf.add(first, feedforward(norm2(first)))
        : norm2(tf.add(first, feedforward(first)));
      expectNumbers(values(model.apply(params, key, x, { srcMask, srcKeyPaddingMask })), values(expected));
    });
  });

  it.each([[false], [true]])('a decoder layer is its formula, norms first: %s', (normFirst) => {
    tf.tidy(() => {
      const model = ordinary(transformerDecoderLayer(4, 2, { ...options, normFirst }));
      const params = moved(model.init(key));
      const [x, memory] = [uniform([2, 3, 4], 1), uniform([2, 2, 4], 2)];
      const masks = {
        ...{ tgtMask: uniform([3, 3], 3), memoryMask: uniform([3, 2], 4) },
        ...{ tgtKeyPaddingMask: padding([2, 3]), memoryKeyPaddingMask: padding([2, 2]) },
      };
      const { attention, feedforward, norm } = splitParts(params);
      const toItself = attention('selfAttn', {
        attnMask: masks.tgtMask,
        keyPaddingMask: masks.tgtKeyPaddingMask,
      });
      const toMemory = attention('multiheadAttn', {
        attnMask: masks.memoryMask,
        keyPaddingMask: masks.memoryKeyPaddingMask,
      });
      const blocks: readonly Unary[] = [(y) => toItself(y, y), (y) => toMemory(y, memory), feedforward];
      const expected = blocks.reduce((y, block, i) => {
        const own = norm(`norm${i + 1}`);
        return normFirst ? tf.add(y, block(own(y))) : own(tf.add(y, block(y)));
      }, x);
      expectNumbers(values(model.apply(params, key, x, memory, masks)), values(expected));
    });
  });

  it('a stack is its layers one after another and a norm, from starts of their own', () => {
    tf.tidy(() => {
      const each = transformerEncoderLayer(4, 2, options);
      const model = ordinary(transformerEncoder(each, 2, { norm: layerNorm(4) }));
      const params = moved(model.init(key));
      const [first, second] = [params.layers['0']!, params.layers['1']!];
      expect(values(first.linear1.weight.value)).not.toEqual(values(second.linear1.weight.value));
      const x = uniform([2, 3, 4], 1);
      const once = (own: typeof first, y: tf.Tensor) => ordinary(each).apply(own, key, y, { isCausal: true });
      const expected = ordinary(layerNorm(4)).apply(params.norm, key, once(second, once(first, x)));
      expectNumbers(values(model.apply(params, key, x, { isCausal: true })), values(expected));
      const bare = ordinary(transformerEncoder(each, 1));
      expect(Object.keys(bare.init(key))).toEqual(['layers']);
    });
  });

  it('have the gradients of their inputs and of every weight', () => {
    tf.tidy(() => {
      const model = ordinary(transformer(2, 1, { dimFeedforward: 2, activation: tf.tanh }));
      const params = moved(model.init(key));
      const [src, tgt] = [uniform([2, 2, 2], 1), uniform([2, 2, 2], 2)];
      const f = (own: typeof params, a: tf.Tensor, b: tf.Tensor) =>
        tf.sum(tf.square(tf.add(model.apply(own, key, a, b), 0.5)));
      const weights = leaves(params);
      const put = (own: readonly tf.Tensor[]) => unflatten(params)(own) as typeof params;
      expectGradients(([a, b, ...own]) => f(put(own), a!, b!), [src, tgt, ...weights], {
        step: 1e-2,
        tolerance: 1e-2,
      });
    });
  });

  it('have the same gradient with samples in groups, masks among the inputs', () => {
    tf.tidy(() => {
      const model = bayesian()(transformerEncoderLayer(4, 2, options));
      const masks = { srcMask: uniform([3, 3], 1), srcKeyPaddingMask: padding([2, 3]), isCausal: false };
      const lossValue = (chunk: number) =>
        valueAndGrad(
          elbo({ likelihood: gaussian({ std: 1 }), datasetSize: 2 })(
            vmapSamples({ samples: 4, chunk })(withLogProbs(model)),
          ),
        );
      const batch: Batch<[x: tf.Tensor, masks?: EncoderLayerOptions], tf.Tensor> = {
        inputs: [uniform([2, 3, 4], 2), masks],
        targets: tf.zeros([2, 3, 4]),
      };
      const params = model.init(key);
      const [[whole, gradient], [grouped, rematerialize]] = [
        lossValue(4)(params, key, batch),
        lossValue(2)(params, key, batch),
      ];
      expectNumbers(values(grouped.loss), values(whole.loss));
      const expected = valuesOfEach(leaves(gradient));
      valuesOfEach(leaves(rematerialize)).forEach((each, i) => {
        expectNumbers(each, expected[i]!, 1e-4);
      });
    });
  });

  it('work with dropout, and with noise on the outputs of their linear layers', () => {
    tf.tidy(() => {
      const model = bayesian()(transformerEncoderLayer(4, 2, { ...options, dropout: 0.5 }));
      const params = model.init(key);
      const x = uniform([2, 3, 4], 1);
      const draws = vmapSamples({ samples: 3 })(model)(params, key, x);
      expect(new Set(tf.unstack(draws).map((draw) => values(draw).join())).size).toBe(3);
      const { output, divergence } = vmapSamples({ samples: 2 })(
        withDivergence(localReparametrization(model)),
      )(params, key, x);
      expect(output.shape).toEqual([2, 2, 3, 4]);
      expect(values(divergence).every(Number.isFinite)).toBe(true);
    });
  });
});

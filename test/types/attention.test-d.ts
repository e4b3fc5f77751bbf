import * as tf from '@tensorflow/tfjs-core';
import {
  type Attended,
  bayesian,
  layer,
  layerNorm,
  lstm,
  multiheadAttention,
  type NormalParams,
  type PointMassParams,
  pointMass,
  random,
  sequential,
  transformer,
  transformerEncoder,
  transformerEncoderLayer,
} from 'tfjs-bayesian';
import { describe, expectTypeOf, it } from 'vitest';

const key = random.key(0);
const x = tf.zeros([2, 3, 4]);

describe('attention', () => {
  it('has the weights that its options select', () => {
    const packed = bayesian()(multiheadAttention(4, 2)).init(key);
    expectTypeOf<keyof typeof packed>().toEqualTypeOf<
      'inProjWeight' | 'outProjWeight' | 'inProjBias' | 'outProjBias'
    >();
    expectTypeOf(packed.inProjWeight).toEqualTypeOf<NormalParams>();
    const apart = bayesian()(multiheadAttention(4, 2, { kdim: 3, bias: false, addBiasKv: true })).init(key);
    expectTypeOf<keyof typeof apart>().toEqualTypeOf<
      'qProjWeight' | 'kProjWeight' | 'vProjWeight' | 'outProjWeight' | 'biasK' | 'biasV'
    >();
    const equal = bayesian()(multiheadAttention(4, 2, { kdim: 4, vdim: 4, posterior: pointMass() })).init(
      key,
    );
    expectTypeOf(equal.inProjWeight).toEqualTypeOf<PointMassParams>();
  });

  it('returns weights by default', () => {
    layer({ attention: multiheadAttention(4, 2) }, ({ attention }) => (y: tf.Tensor) => {
      expectTypeOf(attention(y, y, y)).toEqualTypeOf<Attended>();
      expectTypeOf(attention(y, y, y, { isCausal: true }).weights).toEqualTypeOf<tf.Tensor>();
      const bare = attention(y, y, y, { needWeights: false });
      expectTypeOf(bare).toEqualTypeOf<Pick<Attended, 'output'>>();
      return bare.output;
    });
  });

  it('rejects unknown options', () => {
    // @ts-expect-error misspelt
    multiheadAttention(4, 2, { addBiasKV: true });
    const model = bayesian()(multiheadAttention(4, 2));
    // @ts-expect-error misspelt
    model.apply(model.init(key), key, x, x, x, { attentionMask: x });
  });
});

describe('transformers', () => {
  it('have typed weights, norms ordinary ones', () => {
    const params = bayesian()(transformer(4, 2)).init(key);
    expectTypeOf(params.encoder.norm.weight).toEqualTypeOf<PointMassParams>();
    expectTypeOf(params.decoder.layers['0']!.multiheadAttn.inProjBias).toEqualTypeOf<NormalParams>();
    // @ts-expect-error misspelt
    params.encoder.layers['0']?.selfAttention;
    const bare = bayesian()(transformerEncoder(transformerEncoderLayer(4, 2, { bias: false }), 2)).init(key);
    expectTypeOf<keyof typeof bare>().toEqualTypeOf<'layers'>();
    // @ts-expect-error it has no biases
    bare.layers['0']?.linear1.bias;
  });

  it('work in chains', () => {
    const net = sequential(transformerEncoderLayer(4, 2), layerNorm([3, 4]));
    expectTypeOf(bayesian()(net).init(key)['1'].bias.value).toEqualTypeOf<tf.Tensor>();
  });
});

describe('recurrent layers', () => {
  it('have weights and states by name', () => {
    const model = bayesian()(lstm(4, 3));
    const params = model.init(key);
    expectTypeOf(params.weightIhL0).toEqualTypeOf<NormalParams>();
    // @ts-expect-error it runs in one direction
    params.weightIhL0Reverse;
    expectTypeOf(model.apply(params, key, x).state.cell).toEqualTypeOf<tf.Tensor>();
  });
});

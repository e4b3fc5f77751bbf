import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Attended, multiheadAttention } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian } from '../../src/transforms/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradient, expectGradients } from '../support/centralDifferences.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { type AttentionParams, attentionReference } from './support/attention.ts';
import { ordinary } from './support/ordinary.ts';
import { size, uniform } from './support/sized.ts';

const key = random.key(0);

const boolean = (shape: readonly number[], seed: number): tf.Tensor => tf.greater(uniform(shape, seed), 0.2);

const forbidden = (yes: number | undefined): number => (yes ? Number.NEGATIVE_INFINITY : 0);

describeOnBackends('multiheadAttention', () => {
  it('equals the formula in doubles, whatever its sizes, options and masks', () => {
    const options = fc.record({
      bias: fc.boolean(),
      addBiasKv: fc.boolean(),
      addZeroAttn: fc.boolean(),
      ...{ kdim: fc.option(size(5), { nil: undefined }), vdim: fc.option(size(5), { nil: undefined }) },
    });
    const masks = fc.record({
      attn: fc.constantFrom('none', 'bool', 'float', 'each'),
      padding: fc.boolean(),
    });
    const sizes = fc.record({
      heads: size(3),
      width: size(3),
      batch: size(3),
      length: size(4),
      source: size(4),
    });
    fc.assert(
      fc.property(options, masks, sizes, fc.nat(1000), ({ kdim, vdim, ...flags }, given, dims, seed) => {
        tf.tidy(() => {
          const { heads, width, batch, length, source } = dims;
          const embed = heads * width;
          const others = { ...(kdim ? { kdim } : {}), ...(vdim ? { vdim } : {}) };
          const model = ordinary(multiheadAttention(embed, heads, { ...flags, ...others }));
          const params = model.init(random.key(seed)) as unknown as AttentionParams;
          const query = uniform([batch, length, embed], seed);
          const keys = uniform([batch, source, kdim ?? embed], seed + 1);
          const vals = uniform([batch, source, vdim ?? embed], seed + 2);
          const attnMask = {
            none: undefined,
            bool: boolean([length, source], seed + 3),
            float: uniform([length, source], seed + 3),
            each: boolean([batch * heads, length, source], seed + 3),
          }[given.attn];
          const padding = given.padding ? boolean([batch, source], seed + 4) : undefined;
          const numbers = attnMask && values(attnMask);
          const mask = (b: number, h: number, l: number, s: number): number => {
            const at = given.attn === 'each' ? ((b * heads + h) * length + l) * source + s : l * source + s;
            const own = given.attn === 'float' ? (numbers?.[at] as number) : forbidden(numbers?.[at]);
            return own + forbidden(padding && values(padding)[b * source + s]);
          };
          const expected = attentionReference(
            params,
            { heads, addZeroAttn: flags.addZeroAttn, mask },
            query,
            keys,
            vals,
          );
          const { output, weights } = model.apply(params as never, key, query, keys, vals, {
            attnMask,
            keyPaddingMask: padding,
            averageAttnWeights: false,
          });
          expect(output.shape).toEqual([batch, length, embed]);
          expectNumbers(values(output), expected.output);
          expectNumbers(values(weights), expected.weights);
        });
      }),
      { numRuns: runs(60) },
    );
  });

  it('averages the weights over the heads by default, or omits them', () => {
    tf.tidy(() => {
      const model = ordinary(multiheadAttention(4, 2));
      const params = model.init(key);
      const x = uniform([2, 3, 4], 1);
      const { weights } = model.apply(params, key, x, x, x);
      const each = model.apply(params, key, x, x, x, { averageAttnWeights: false }).weights;
      expect([weights.shape, each.shape]).toEqual([
        [2, 3, 3],
        [2, 2, 3, 3],
      ]);
      expectNumbers(values(weights), values(tf.mean(each, 1)));
      const without = model.apply(params, key, x, x, x, { needWeights: false as never });
      expect(Object.keys(without)).toEqual(['output']);
    });
  });

  it('takes inputs and masks without a batch', () => {
    tf.tidy(() => {
      const model = ordinary(multiheadAttention(4, 2));
      const params = model.init(key);
      const [x, y] = [uniform([3, 4], 1), uniform([2, 4], 2)];
      const attnMask = tf.tensor3d([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0], [2, 3, 2], 'bool');
      const keyPaddingMask = tf.tensor1d([0.5, -1]);
      const alone = model.apply(params, key, x, y, y, { attnMask, keyPaddingMask });
      const up = (of: tf.Tensor) => tf.expandDims(of, 0);
      const batched = model.apply(params, key, up(x), up(y), up(y), {
        attnMask,
        keyPaddingMask: up(keyPaddingMask),
      });
      expect([alone.output.shape, alone.weights.shape]).toEqual([
        [3, 4],
        [3, 2],
      ]);
      expectNumbers(values(alone.output), values(batched.output));
      expectNumbers(values(alone.weights), values(batched.weights));
    });
  });

  it('isCausal masks later positions; an explicit mask overrides it', () => {
    tf.tidy(() => {
      const model = ordinary(multiheadAttention(4, 2, { addZeroAttn: true }));
      const params = model.init(key);
      const [x, y] = [uniform([2, 3, 4], 1), uniform([2, 4, 4], 2)];
      const later = tf.tensor2d([0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1], [3, 4], 'bool');
      const causal = model.apply(params, key, x, y, y, { isCausal: true });
      const masked = model.apply(params, key, x, y, y, { attnMask: later });
      expect(values(causal.output)).toEqual(values(masked.output));
      const attnMask = uniform([3, 4], 3);
      const hinted = model.apply(params, key, x, y, y, { attnMask, isCausal: true });
      expect(values(hinted.output)).toEqual(values(model.apply(params, key, x, y, y, { attnMask }).output));
    });
  });

  it('gives zeros, with finite gradients, to a position that may attend to nothing', () => {
    tf.tidy(() => {
      const model = ordinary(multiheadAttention(4, 2));
      const params = model.init(key);
      const x = uniform([2, 3, 4], 1);
      const keyPaddingMask = tf.tensor2d([1, 1, 1, 0, 0, 1], [2, 3], 'bool');
      const { output, weights } = model.apply(params, key, x, x, x, { keyPaddingMask });
      expect(values(tf.slice(weights, 0, 1))).toEqual(Array(9).fill(0));
      const bias = values(params.outProjBias.value);
      expectNumbers(values(tf.slice(output, 0, 1)), [...bias, ...bias, ...bias]);
      const f = (input: tf.Tensor) =>
        tf.sum(tf.square(model.apply(params, key, input, input, input, { keyPaddingMask }).output));
      const gradient = tf.grad(f)(x);
      expect(values(gradient).every(Number.isFinite)).toBe(true);
      expect(values(tf.slice(gradient, 0, 1))).toEqual(Array(12).fill(0));
    });
  });

  it('has the gradients of its inputs, its weights and a float mask', () => {
    tf.tidy(() => {
      const model = ordinary(multiheadAttention(4, 2, { addBiasKv: true, kdim: 3 }));
      const params = model.init(key) as unknown as AttentionParams;
      const [query, keys, vals] = [uniform([2, 2, 4], 1), uniform([2, 3, 3], 2), uniform([2, 3, 4], 3)];
      const attnMask = uniform([2, 3], 4);
      const loss = ({ output, weights }: Attended) =>
        tf.add(tf.sum(tf.square(output)), tf.sum(tf.square(weights)));
      const f = (own: AttentionParams, ...[q, k, v, m]: readonly tf.Tensor[]) =>
        loss(model.apply(own as never, key, q!, k!, v!, { attnMask: m }));
      expectGradients((xs) => f(params, ...xs), [query, keys, vals, attnMask]);
      const plain = ordinary(multiheadAttention(4, 2));
      const own = plain.init(key);
      expectGradient(
        (m) => plain.apply(own, key, query, query, query, { attnMask: m }).output,
        uniform([2, 2], 5),
      );
      const names = Object.keys(params);
      expectGradients(
        (xs) =>
          f(
            Object.fromEntries(names.map((name, i) => [name, { value: xs[i]! }])),
            ...[query, keys, vals, attnMask],
          ),
        Object.values(params).map(({ value }) => value),
        { tolerance: 4e-3 },
      );
    });
  });

  it('drops attention weights at its rate if the network has a key', () => {
    tf.tidy(() => {
      const model = bayesian()(multiheadAttention(4, 2, { dropout: 0.5 }));
      expect(Object.keys(model.init(key))).toEqual([
        ...['inProjWeight', 'outProjWeight', 'inProjBias', 'outProjBias'],
      ]);
      const x = uniform([20, 10, 4], 1);
      const { weights } = model.apply(model.init(key), key, x, x, x, { averageAttnWeights: false });
      const none = values(weights).filter((weight) => weight === 0).length / weights.size;
      expect(Math.abs(none - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / weights.size));
    });
  });

  it('maps over masks, also those that mask everything, as a loop does', () => {
    tf.tidy(() => {
      const model = ordinary(multiheadAttention(4, 2));
      const params = model.init(key);
      const x = uniform([2, 3, 4], 1);
      const keyPaddingMask = boolean([5, 2, 3], 2);
      const attnMask = uniform([5, 3, 3], 3);
      const f = (own: { readonly keyPaddingMask: tf.Tensor; readonly attnMask: tf.Tensor }) =>
        model.apply(params, key, x, x, x, own);
      const together = vmap(f)({ keyPaddingMask, attnMask });
      const [paddings, masks] = [tf.unstack(keyPaddingMask), tf.unstack(attnMask)];
      const apart = paddings.map((padding, i) => f({ keyPaddingMask: padding, attnMask: masks[i]! }));
      expectNumbers(
        values(together.output),
        apart.flatMap(({ output }) => values(output)),
      );
      expectNumbers(
        values(together.weights),
        apart.flatMap(({ weights }) => values(weights)),
      );
    });
  });
});

import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { multiheadAttention } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { leaves } from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { ordinary } from './support/ordinary.ts';
import { resolveSites } from './support/sites.ts';

const key = random.key(0);

describeOnBackends('multiheadAttention', () => {
  it("rejects inconsistent inputs and masks, by PyTorch's rules", () => {
    tf.tidy(() => {
      const model = ordinary(multiheadAttention(4, 2, { kdim: 3 }));
      const params = model.init(key);
      const zeros = (...shape: readonly number[]) => tf.zeros([...shape]);
      const of =
        (...inputs: readonly unknown[]) =>
        () =>
          model.apply(params, key, ...(inputs as unknown as [tf.Tensor, tf.Tensor, tf.Tensor]));
      const [q, k, v] = [zeros(2, 5, 4), zeros(2, 6, 3), zeros(2, 6, 4)];
      expect(of(zeros(2, 5, 3), k, v)).toThrow(
        'multiheadAttention: query must be a tensor [batch, length, 4], or [length, 4] throughout, got a float32 tensor of shape [2, 5, 3]',
      );
      expect(of(q, zeros(2, 6, 4), v)).toThrow(/^multiheadAttention: key must be .*\[batch, length, 3\]/);
      expect(of(q, k, zeros(6, 4))).toThrow(/^multiheadAttention: value must be .*\[batch, length, 4\]/);
      expect(of(zeros(5, 4), k, v)).toThrow(
        /^multiheadAttention: key must be an unbatched tensor \[length, 3\]/,
      );
      expect(of(q, zeros(1, 6, 3), v)).toThrow(
        /^multiheadAttention: key must be of the query's batch size 2/,
      );
      expect(of(q, k, zeros(2, 5, 4))).toThrow(/^multiheadAttention: value must be .* \[2, 6\]/);
      expect(of(q, k, v, { attnMask: zeros(6, 5) })).toThrow(
        'multiheadAttention: attnMask must be of shape [5, 6] (length, source length) or [4, 5, 6] (batch * numHeads, length, source length), got a float32 tensor of shape [6, 5]',
      );
      expect(of(q, k, v, { attnMask: zeros(2, 5, 6) })).toThrow(/attnMask must be of shape/);
      expect(of(q, k, v, { attnMask: tf.zeros([5, 6], 'int32') })).toThrow(
        'multiheadAttention: attnMask must be a bool tensor (true: may not attend) or a float32 one, got an int32 tensor of shape [5, 6]',
      );
      expect(of(q, k, v, { keyPaddingMask: zeros(6) })).toThrow(
        'multiheadAttention: keyPaddingMask must be of shape [2, 6] (batch, source length), got a float32 tensor of shape [6]',
      );
      expect(of(q, k, v, { isCausal: 1 })).toThrow(
        'multiheadAttention: isCausal must be true or false, got 1',
      );
    });
  });

  it('leaks no tensors, also when it throws', () => {
    const model = ordinary(multiheadAttention(4, 2));
    const params = model.init(key);
    const x = tf.ones([2, 3, 4]);
    const attnMask = tf.zeros([3, 3], 'bool');
    expectNoLeak(() => model.apply(params, key, x, x, x, { attnMask }));
    expectNoLeak(() => {
      expect(() => model.apply(params, key, x, x, x, { keyPaddingMask: attnMask })).toThrow();
    });
    tf.dispose([x, attnMask, ...leaves(params)]);
  });
});

describe('multiheadAttention', () => {
  it('names its weights as PyTorch does, in the layout of tfjs', () => {
    const listShapes = (layer: Parameters<typeof resolveSites>[0]) =>
      Object.fromEntries(resolveSites(layer).map(({ path, shape }) => [path.join('.'), shape]));
    expect(listShapes(multiheadAttention(4, 2, { addBiasKv: true }))).toEqual({
      inProjWeight: [4, 12],
      outProjWeight: [4, 4],
      inProjBias: [12],
      outProjBias: [4],
      biasK: [4],
      biasV: [4],
    });
    expect(listShapes(multiheadAttention(4, 2, { kdim: 3, vdim: 5, bias: false }))).toEqual({
      qProjWeight: [4, 4],
      kProjWeight: [3, 4],
      vProjWeight: [5, 4],
      outProjWeight: [4, 4],
    });
    expect(Object.keys(listShapes(multiheadAttention(4, 2, { kdim: 4 })))).toContain('inProjWeight');
  });

  it('rescales its priors by default', () => {
    const readStd = (layer: Parameters<typeof resolveSites>[0]) =>
      resolveSites(layer).map(({ prior }) => prior.moments?.std);
    for (const std of readStd(multiheadAttention(3, 1))) expect(std).toBeCloseTo(1 / 3, 4);
    for (const std of readStd(multiheadAttention(3, 1, { rescalePrior: false }))) expect(std).toBe(1);
  });

  it('refuses sizes that do not fit', () => {
    expect(() => multiheadAttention(6, 4)).toThrow(
      'multiheadAttention: embedDim must be divisible by numHeads, 4, got 6',
    );
    expect(() => multiheadAttention(0, 1)).toThrow(
      /^multiheadAttention: embedDim must be a positive integer/,
    );
    expect(() => multiheadAttention(4, 0)).toThrow(
      /^multiheadAttention: numHeads must be a positive integer/,
    );
    expect(() => multiheadAttention(4, 2, { kdim: 1.5 })).toThrow(/^multiheadAttention: kdim must be/);
    expect(() => multiheadAttention(4, 2, { vdim: -1 })).toThrow(/^multiheadAttention: vdim must be/);
    expect(() => multiheadAttention(4, 2, { dropout: 1 })).toThrow(/^dropout: rate must be/);
    // @ts-expect-error: the batch axis is always the first
    expect(() => multiheadAttention(4, 2, { batchFirst: false })).toThrow(
      "multiheadAttention: unknown option 'batchFirst'",
    );
  });
});

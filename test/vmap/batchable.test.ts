import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { type Batchable, stackBatch, unstackBatch } from '../../src/vmap/batchable.ts';
import { vmap } from '../../src/vmap/index.ts';
import { batchTracer } from '../../src/vmap/tracer.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';
import { rows } from './support/fixtures.ts';

/** A stand-in for a random key. */
class Token implements Batchable {
  constructor(
    readonly name: string,
    readonly level = 0,
    readonly items: readonly Token[] = [],
  ) {}
  [stackBatch](items: readonly Batchable[], level: number): Token {
    return new Token('batch', level, items as readonly Token[]);
  }
  [unstackBatch](level: number, size: number): readonly Token[] {
    return this.level === level ? this.items : Array.from({ length: size }, () => this);
  }
  value(): tf.Tensor {
    return this.level === 0
      ? tf.scalar(Number(this.name))
      : batchTracer(tf.stack(this.items.map((item) => item.value())), this.level);
  }
}

describeOnBackends('vmap over batchable values that are not tensors', () => {
  const tokens = ['1', '2', '3'].map((name) => new Token(name));
  const f = (token: Token, x: tf.Tensor): tf.Tensor => tf.mul(token.value(), x);

  it('maps a list of them', () => {
    const y = vmap(f, { inAxes: [0, null] })(tokens, tf.tensor1d([1, 10]));
    expect(y.arraySync()).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    const inTree = vmap(({ key }: { key: Token }) => key.value())({ key: tokens });
    expect(inTree.arraySync()).toEqual([1, 2, 3]);
  });

  it('passes one through, and returns lists', () => {
    const y = vmap(f, { inAxes: [null, 0] })(tokens[2]!, rows());
    expectClose(y, tf.mul(3, rows()));
    const out = vmap((token: Token, x: tf.Tensor) => [token, tokens[0]!, tf.sum(x)] as const, {
      inAxes: [0, null],
    })(tokens, rows());
    expect(out[0]).toEqual(tokens);
    expect(out[1]).toEqual([tokens[0], tokens[0], tokens[0]]);
  });

  it('rejects a single one in place of a list', () => {
    expect(() => vmap(f)(tokens[0]!, rows())).toThrow(/inAxes for args\[0\] must be null for a single key/);
  });
});

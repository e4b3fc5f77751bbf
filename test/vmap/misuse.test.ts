import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { registerBatchingRule, vmap } from '../../src/vmap/index.ts';
import { isTracer } from '../../src/vmap/tracer.ts';
import { replaced, rows } from './support/fixtures.ts';

describe('what vmap rejects', () => {
  const id = (...all: readonly unknown[]): unknown => all[0];
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['no function', () => vmap(3 as never), /vmap: f must be a function, got 3/],
    [
      'an axis out of range',
      () => vmap(id, { inAxes: [0, 3] })(rows(), rows()),
      /inAxes for args\[1\] must be an axis from -2 to 1 or null \(the rank is 2\), got 3/,
    ],
    ['an axis of a scalar', () => vmap(id)(tf.scalar(1)), /args\[0\] must be null for a scalar/],
    ['an axis that is no integer', () => vmap(id, { inAxes: 0.5 })(rows()), /got 0.5/],
    [
      'sizes that differ',
      () => vmap(id, { inAxes: [{ a: 0 }, 1] })({ a: rows() }, rows()),
      /same size, but args\[0\]\.a has 3, args\[1\] has 2/,
    ],
    [
      'a size other than axisSize',
      () => vmap(id, { axisSize: 4 })(rows()),
      /args\[0\] has 3, axisSize has 4/,
    ],
    [
      'an axisSize of 0',
      () => vmap(id, { axisSize: 0 })(rows()),
      /axisSize must be a positive integer, got 0/,
    ],
    ['nothing to map', () => vmap(id, { inAxes: null })(rows()), /axisSize must say how many/],
    ['nothing to map at all', () => vmap(id)(3), /no argument is mapped/],
    ['an empty axis', () => vmap(id)(tf.zeros([0, 2])), /must not be empty, but 'args\[0\]' is/],
    [
      'more axes than arguments',
      () => vmap(id, { inAxes: [0, 0] })(rows()),
      /inAxes must be an axis, null, or a list with an entry for each of the 1 arguments/,
    ],
    ['axes by name for the arguments', () => vmap(id, { inAxes: { a: 0 } })(rows()), /inAxes must be/],
    [
      'axes of another structure',
      () => vmap(id, { inAxes: [{ b: 0 }] })({ a: rows() }),
      /inAxes\[0\] must be an axis, null, or a tree of these with the structure of args\[0\]/,
    ],
    [
      'axes for a part of a tree only',
      () => vmap(id, { inAxes: [{ a: 0 }] })({ a: rows(), b: rows() }),
      /with the structure of args\[0\]/,
    ],
    ['axes that are no axes', () => vmap(id, { inAxes: ['0' as never] })(rows()), /inAxes\[0\] must be/],
    [
      'an output axis out of range',
      () => vmap(id, { outAxes: 2 })(rows()),
      /outAxes for output must be an axis from -2 to 1/,
    ],
    [
      'an output that differs',
      () => vmap(id, { outAxes: null })(rows()),
      /differs between samples, got null/,
    ],
    ['output axes of another structure', () => vmap(id, { outAxes: [0] })(rows()), /structure of output/],
    ['an async function', () => vmap(async (x: tf.Tensor) => x)(rows()), /f must not be async/],
    [
      'an output that is a promise',
      () => vmap((x: tf.Tensor) => ({ x, later: [Promise.resolve(1)] }))(rows()),
      /its output\.later\[0\] is a promise/,
    ],
    [
      'axes in place of options',
      () => vmap(id, [0, null] as never),
      /^vmap: options must be a record of options, got \[0, null\]$/,
    ],
    [
      'options with a misspelt name',
      () => vmap(id, { in_axes: 0 } as never),
      /^vmap: unknown option 'in_axes'; did you mean 'inAxes'\?$/,
    ],
    ['a rule without a name', () => registerBatchingRule('', () => rows()), /kernel must be the name/],
    [
      'a rule that is no function',
      () => registerBatchingRule('Abs', 3 as never),
      /rule must be a function, got 3/,
    ],
  ];

  it.each(cases)('%s', (_, run, message) => {
    const before = tf.memory().numTensors;
    expect(run).toThrow(message);
    expect(replaced()).toEqual([]);
    // The cases make their own arguments: two at most.
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(2);
  });

  it('knows tracers', () => {
    expect(isTracer(rows())).toBe(false);
    vmap((x: tf.Tensor) => {
      expect(isTracer(x)).toBe(true);
      expect(x instanceof tf.Tensor).toBe(true);
      expect([x.shape, x.rank, x.size, x.rankType]).toEqual([[2], 1, 2, '1']);
      return x;
    })(rows());
  });
});

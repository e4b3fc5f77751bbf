import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { record } from '../../../src/kernels/record.ts';
import type { Recordable } from '../../../src/ops/recording.ts';
import { describeOnBackends, kernels } from '../../support/backends.ts';
import { expectNoLeak } from '../../support/leaks.ts';
import { expectSame } from '../../transforms/support/compare.ts';
import { tables } from '../../vmap/conformance/rows.ts';
import { type Case, hasNumbers, list, type Row, values } from '../../vmap/support/againstLoop.ts';

/** The function of a case, or its gradient by its arguments that are floats. */
const functionOf = ({ args, f }: Case, gradient: boolean): Recordable => {
  const isFloat = args.map(({ dtype }) => dtype === 'float32');
  // What is an input itself is the caller's.
  if (!gradient || !isFloat.includes(true)) return (inputs) => list(f(...inputs)).map((y) => tf.clone(y));
  return (inputs) => {
    const total = (...floats: tf.Tensor[]): tf.Tensor => {
      const rest = [...floats];
      const outputs = list(f(...inputs.map((x, at) => (isFloat[at] ? rest.shift()! : x))));
      return outputs.map((y) => tf.sum(tf.square(y))).reduce((a, b) => tf.add(a, b));
    };
    return tf.grads(total)(inputs.filter((_, at) => isFloat[at]));
  };
};

/** Kernels that TensorFlow.js's wasm backend lacks: `vmap` does without them. */
const isMissing = (name: string): boolean => /^(einsum|BroadcastTo)/.test(name);

/** Operations on strings, or with results whose shape depends on values, which no recording can replay. */
const isRefused = (name: string): boolean => /^(string\.|sparse\.)/.test(name);

const none = new Int32Array(0);

const held = () => [tf.memory(), tf.engine().backend.numDataIds()];

// Every operation and kernel that `vmap` maps, recorded with some inputs and replayed with others.
describeOnBackends('a recording', (backend) => {
  if (backend !== 'wasm' || !kernels) {
    it('is for wasm with our kernels', () => {
      expect(backend === 'wasm' && kernels).toBe(false);
    });
    return;
  }
  const isThere = ({ name, only }: Row): boolean => !isMissing(name) && (only?.includes(backend) ?? true);
  for (const [table, rows] of Object.entries(tables))
    describe(`of ${table}`, () => {
      it.each(rows.filter(isThere).map((row) => [row.name, row] as const))(
        'has the bits of %s',
        (name, { draw, gradient }) => {
          const check = (drawn: Case, seed: number): void => {
            if (!hasNumbers(drawn)) return;
            const run = functionOf(drawn, gradient.includes(backend));
            const [first, second] = [seed, seed + 10].map((start) =>
              drawn.args.map((argument, at) => values(argument.shape, argument, start + at)),
            ) as [tf.Tensor[], tf.Tensor[]];
            const before = held();
            if (isRefused(name)) {
              expect(() => record(first, [run, run])).toThrow(/dtype string|depends on values/);
            } else {
              const recording = record(first, [run, run]);
              expectNoLeak(() => recording.replay(second, none)!);
              const [actual, expected] = [recording.replay(second, none)!, tf.tidy(() => [...run(second)])];
              expectSame(actual, expected);
              tf.dispose([...actual, ...expected]);
              recording.dispose();
            }
            expect(held()).toEqual(before);
            tf.dispose([first, second]);
          };
          fc.assert(fc.property(draw, fc.integer({ min: 1, max: 1000 }), check), {
            numRuns: 3,
            seed: 1,
          });
        },
      );
    });
});

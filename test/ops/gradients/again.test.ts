import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../../../src/backend/index.ts';
import { runs, startAll } from '../../support/backends.ts';
import { opName } from '../../vmap/conformance/rows.ts';
import { type Case, hasNumbers } from '../../vmap/support/againstLoop.ts';
import { differences, far, gradients, takeSample, use } from './differences.ts';
import { rowBackends, rows } from './everyRow.ts';

/** The gradients of the sum of squares of a case's outputs, as a case of its own. */
const gradientCase = ({ args, f, reference = f }: Case): Case => {
  const first =
    (g: Case['f']): Case['f'] =>
    (...given) => {
      const isFloat = args.map(({ dtype }) => dtype === 'float32');
      const total = (...floats: tf.Tensor[]): tf.Tensor => {
        const rest = [...floats];
        const output = g(...given.map((x, at) => (isFloat[at] ? rest.shift()! : x)));
        return (output instanceof tf.Tensor ? [output] : output)
          .map((one) => tf.sum(tf.square(tf.cast(one, 'float32'))))
          .reduce((sum, next) => tf.add(sum, next));
      };
      // At copies: TensorFlow.js takes all that was made of what the outer gradient is of for a part of the inner function.
      const xs = given.filter((_, at) => isFloat[at]);
      const slopes = tf.grads(total)(xs.map((x) => tf.mul(x, 1)));
      // With squares, of which there is a gradient where those of the operation are constant.
      return slopes.map((slope, at) => tf.add(slope, tf.square(xs[at]!)));
    };
  return { args, f: first(f), reference: first(reference) };
};

/** Operations whose gradient is a kernel that has none, by what this says. */
const noneTwice: Readonly<Record<string, string>> = {
  maxPool: 'MaxPoolGrad',
  maxPool3d: 'MaxPoolGrad',
  localResponseNormalization: 'LRNGrad',
};

describe('the gradient of the gradient', () => {
  const here = rows.filter((row) => rowBackends(row).length > 0);
  const [once, twice] = [true, false].map((is) =>
    here.filter((row) => opName(row) in noneTwice === is).map((row) => [row.name, row] as const),
  );

  beforeAll(startAll);

  it.each(once!)('of %s is an exception that names the kernel', (_, row) => {
    const [one] = fc.sample(row.draw, { numRuns: 1, seed: 1 });
    for (const backend of rowBackends(row)) {
      use(backend);
      expect(() => gradients(takeSample(gradientCase(one!), 1)), backend).toThrow(
        `gradient function not found for ${noneTwice[opName(row)]}`,
      );
    }
  });

  // All backends on the same draws: what takes long are the differences, which are those of cpu for each.
  it.each(twice!)('of %s is that of central differences', (_, row) => {
    fc.assert(
      fc.property(row.draw, fc.nat(1e6), (one, seed) => {
        if (!hasNumbers(one) || !one.args.some(({ dtype }) => dtype === 'float32')) return;
        const sample = takeSample(gradientCase(one), seed);
        const wanted = differences(sample, 8);
        for (const backend of rowBackends(row)) {
          use(backend);
          expect(far(gradients(sample), wanted, 1e-2), backend).toEqual([]);
        }
      }),
      { numRuns: runs(3) },
    );
  });
});

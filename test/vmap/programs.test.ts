import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectAllClose, expectClose } from './support/againstLoop.ts';
import { replaced } from './support/fixtures.ts';
import { type Expression, expression, LENGTH, loop, type Mapper } from './support/programs.ts';

const mapped: Mapper = (f, options) => vmap(f, options) as (...args: tf.Tensor[]) => tf.Tensor;

interface Drawn {
  readonly program: Expression;
  readonly size: number;
  readonly inAxes: readonly (number | null)[];
  readonly outAxes: number;
  readonly seed: number;
}

const axis = fc.constantFrom<number>(0, 1, -1, -2);

const drawn: fc.Arbitrary<Drawn> = fc.record({
  program: expression(3, 3),
  size: fc.integer({ min: 1, max: 3 }),
  inAxes: fc.tuple<(number | null)[]>(axis, fc.option(axis, { nil: null }), fc.constant(null)),
  outAxes: axis,
  seed: fc.integer({ min: 1, max: 1000 }),
});

const makeArguments = ({ inAxes, size, seed }: Drawn): readonly tf.Tensor[] =>
  inAxes.map((at, index) => {
    const shape = at === null ? [LENGTH] : (at < 0 ? at + 2 : at) === 0 ? [size, LENGTH] : [LENGTH, size];
    return tf.randomUniform(shape, -1, 1, 'float32', seed + index);
  });

/** The program mapped over its arguments, by a mapper that its own maps use too. */
const run =
  ({ program, inAxes, outAxes }: Drawn) =>
  (mapper: Mapper) =>
    mapper((...vectors) => tf.sin(program.run(mapper, vectors)), { inAxes, outAxes });

const forPrograms = (test: (one: Drawn) => void): void => {
  fc.assert(
    fc.property(drawn, (one) => {
      tf.tidy(() => {
        test(one);
      });
    }),
    { numRuns: runs(150), seed: 4 },
  );
};

describeOnBackends('random programs of gradients, custom gradients and maps in maps', () => {
  it('give the same under vmap as in a loop, and leak nothing', () => {
    forPrograms((one) => {
      const args = makeArguments(one);
      const expected = run(one)(loop)(...args);
      const before = tf.memory().numTensors;
      const actual = run(one)(mapped)(...args);
      expect(tf.memory().numTensors).toBe(before + 1);
      expect(replaced()).toEqual([]);
      expectClose(actual, expected, 1e-3);
    });
  });

  it('have the gradients of the loop', () => {
    forPrograms((one) => {
      const args = [...makeArguments(one)];
      const gradients = (mapper: Mapper): readonly tf.Tensor[] =>
        tf.grads((...inputs) => {
          const squares = inputs.map((x) => tf.sum(tf.square(x)));
          return tf.add(tf.addN(squares), tf.sum(tf.sin(run(one)(mapper)(...inputs))));
        })(args);
      const expected = gradients(loop);
      const before = tf.memory().numTensors;
      const actual = gradients(mapped);
      expect(tf.memory().numTensors).toBe(before + args.length);
      expectAllClose(actual, expected, 1e-3);
    });
  });
});

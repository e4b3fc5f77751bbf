import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { prepareBackward } from '../../src/transforms/prepareBackward.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { valuesOfEach } from '../support/numbers.ts';
import { peakBytes } from '../support/peakBytes.ts';

type F = (...xs: readonly tf.Tensor[]) => tf.Tensor;

const differentiate = (f: F, xs: readonly tf.Tensor[], end: (y: tf.Tensor) => tf.Tensor, dy?: tf.Tensor) =>
  tf.tidy(() => {
    const { value, grads } = tf
      .engine()
      .gradients(() => end(f(...xs)), [...xs], dy as unknown as tf.Tensor, true);
    return [value, ...grads.map((grad, at) => grad ?? tf.zerosLike(xs[at]!))];
  });

/** The value and the gradients of a function, and what TensorFlow.js finds by itself. */
const both = (f: F, xs: readonly tf.Tensor[], dy?: tf.Tensor) => {
  sharing = true;
  const found = differentiate(f, xs, (y) => prepareBackward(y, xs), dy);
  sharing = false;
  const expected = differentiate(f, xs, (y) => y, dy);
  const numbers = valuesOfEach([...found, ...expected]);
  tf.dispose([found, expected]);
  return [numbers.slice(0, found.length), numbers.slice(found.length)] as const;
};

/** Whether gradients that exist already are returned as such, which TensorFlow.js disposes where they are added to others. */
let sharing = true;

const custom = (gradient: (dy: tf.Tensor, saved: readonly tf.Tensor[]) => readonly tf.Tensor[]) =>
  tf.customGrad((...given: readonly unknown[]) => {
    const [a, b, save] = given as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void];
    save([a, b]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      gradient(dy, saved).map((each) => (sharing ? each : tf.clone(each)));
    return { value: tf.add(a, b), gradFunc };
  }) as (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Operations on two tensors; gradients of some are tensors that exist already. */
const operations: readonly ((a: tf.Tensor, b: tf.Tensor) => tf.Tensor)[] = [
  (a, b) => tf.add(a, b),
  (a, b) => tf.mul(tf.tanh(a), b),
  (a) => tf.sigmoid(a),
  (a, b) =>
    tf.concat(
      tf
        .split(tf.concat([a, b], 1), 2, 1)
        .map(tf.tanh)
        .slice(1),
      1,
    ),
  (a, b) => tf.tanh(tf.matMul(a, b)),
  (a) => tf.clone(a),
  (a) => tf.reshape(tf.reshape(a, [4]), [2, 2]),
  (a, b) => custom((dy) => [dy, dy])(a, b),
  (a, b) => custom((_, [first]) => [first!, first!])(a, b),
  (a, b) => {
    tf.square(b);
    return tf.sin(a);
  },
];

describeOnBackends('prepareBackward', () => {
  it('finds the gradients that TensorFlow.js finds, for programs of any shape', () => {
    const program = fc.array(
      fc.record({
        operation: fc.integer({ min: 0, max: operations.length - 1 }),
        a: fc.nat({ max: 40 }),
        b: fc.nat({ max: 40 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(program, (steps) => {
        const before = tf.memory().numTensors;
        const xs = [
          tf.tensor2d([
            [0.1, -0.2],
            [0.3, 0.4],
          ]),
          tf.tensor2d([
            [-0.5, 0.6],
            [0.7, 0.8],
          ]),
        ];
        const f: F = (...given) => {
          const values = [...given];
          for (const { operation, a, b } of steps)
            values.push(operations[operation]!(values[a % values.length]!, values[b % values.length]!));
          return values.at(-1)!;
        };
        const [found, expected] = both(f, xs);
        // Gradients of a tensor that is used more than twice may be added in another order.
        const largest = Math.max(1, ...expected.flat().map(Math.abs));
        found.forEach((each, at) => {
          each.forEach((value, index) => {
            expect(Math.abs(value - expected[at]![index]!)).toBeLessThanOrEqual(1e-5 * largest);
          });
        });
        tf.dispose(xs);
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: runs(150) },
    );
  });

  it('leaves the result, its gradient, tensors of the caller and kept ones alone', () => {
    const x = tf.tensor1d([1, 2]);
    const dy = tf.tensor1d([3, 4]);
    const ours = tf.tensor1d([5, 6]);
    const kept: tf.Tensor[] = [];
    const square = tf.customGrad((a) => ({
      value: tf.square(a as tf.Tensor),
      gradFunc: () => {
        kept.push(tf.keep(tf.mul(ours, 2)));
        return ours;
      },
    }));
    const f: F = (a) => square(tf.exp(a!));
    const [found, expected] = both(f, [x], dy);
    expect(found).toEqual(expected);
    expect([x, dy, ours, ...kept].map(({ isDisposed }) => isDisposed)).toEqual(Array(5).fill(false));
    // The function is the identity: its own gradient is the caller's.
    const [[, identity]] = both((a) => tf.clone(a!), [x], dy);
    expect(identity).toEqual([3, 4]);
    tf.dispose([x, dy, ours, kept]);
  });

  it('does nothing within another differentiation, which needs the same tensors', () => {
    const x = tf.tensor1d([0.5, 2]);
    const disposed: boolean[] = [];
    const cube = tf.customGrad((a, save) => {
      (save as (tensors: tf.Tensor[]) => void)([a as tf.Tensor]);
      const gradFunc = (dy: tf.Tensor, [given]: tf.Tensor[]) => {
        disposed.push(given!.isDisposed);
        return tf.mul(dy, tf.mul(3, tf.square(given!)));
      };
      return { value: tf.pow(a as tf.Tensor, 3), gradFunc };
    });
    const slope = (a: tf.Tensor) =>
      tf.engine().gradients(() => prepareBackward(tf.sum(cube(tf.clone(a))), [a]), [a]).grads[0]!;
    const second = tf.tidy(() => tf.grad((a: tf.Tensor) => tf.mul(slope(a), cube(a)))(x));
    const [numbers] = valuesOfEach([second]);
    // The derivative of 3 x^2 x^3.
    expect(numbers![0]).toBeCloseTo(15 * 0.5 ** 4, 4);
    expect(numbers![1]).toBeCloseTo(15 * 2 ** 4, 3);
    expect(disposed).toEqual([false, false]);
    tf.dispose([x, second]);
  });

  /** The peak of the backward pass alone, in tensors of a size. */
  const backwardPeak = (
    f: F,
    xs: readonly tf.Tensor[],
    size: number,
    end: (y: tf.Tensor) => tf.Tensor,
  ): number =>
    peakBytes((restart) => {
      const marked = tf.customGrad((y) => ({
        value: tf.clone(y as tf.Tensor),
        gradFunc: (dy: tf.Tensor) => {
          restart();
          return dy;
        },
      }));
      tf.dispose(differentiate((...given) => marked(f(...given)), xs, end));
    }) /
    (4 * size);

  it('holds one gradient of an intermediate at a time, and only what later gradients need', () => {
    const [size, depth] = [1000, 10];
    const x = tf.randomUniform([size], -1, 1, 'float32', 1);
    // Each sine saves its input.
    const chain: F = (a) => Array.from({ length: depth }).reduce<tf.Tensor>((y) => tf.sin(y), a!);
    // What was saved, the result and its gradient twice, and what one sine needs: its input, a cosine, a gradient.
    expect(backwardPeak(chain, [x], size, (y) => prepareBackward(y, [x]))).toBeLessThanOrEqual(depth + 6);
    expect(backwardPeak(chain, [x], size, (y) => y)).toBeGreaterThanOrEqual(2 * depth);
    x.dispose();
  });

  it("finishes a weight's gradient before those of the layers below", () => {
    const layers = 4;
    const order: string[] = [];
    const named = (name: string, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) =>
      tf.customGrad((...given: readonly unknown[]) => {
        const [a, b] = given as readonly [tf.Tensor, tf.Tensor];
        const gradFunc = (dy: tf.Tensor) => {
          order.push(name);
          return [tf.clone(dy), tf.clone(dy)];
        };
        return { value: f(a, b), gradFunc };
      }) as (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
    const xs = Array.from({ length: 2 * layers }, (_, at) => tf.scalar(at));
    const f: F = (...given) => {
      const weights = Array.from({ length: layers }, (_, at) =>
        named(`draw ${at}`, tf.add)(given[at]!, tf.mul(tf.exp(given[layers + at]!), 2)),
      );
      return weights.reduce((h, weight, at) => named(`layer ${at}`, tf.mul)(h, weight), tf.scalar(1));
    };
    tf.dispose(differentiate(f, xs, (y) => prepareBackward(y, xs)));
    expect(order).toEqual([3, 2, 1, 0].flatMap((at) => [`layer ${at}`, `draw ${at}`]));
    tf.dispose(xs);
  });
});

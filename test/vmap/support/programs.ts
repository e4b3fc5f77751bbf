import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';

/** How the functions of a program are mapped: by `vmap`, or by a loop. */
export type Mapper = (
  f: (...args: tf.Tensor[]) => tf.Tensor,
  options: { readonly inAxes: readonly (number | null)[]; readonly outAxes: number },
) => (...args: tf.Tensor[]) => tf.Tensor;

/** A mapper that does what `vmap` stands for: it calls the function for one sample after the other. */
export const loop: Mapper =
  (f, { inAxes, outAxes }) =>
  (...args) => {
    const front = args.map(({ rank }, at) => {
      const axis = inAxes[at] ?? null;
      return axis === null || axis >= 0 ? axis : axis + rank;
    });
    const mapped = front.findIndex((axis) => axis !== null);
    const size = args[mapped]!.shape[front[mapped]!]!;
    const sample = (x: tf.Tensor, axis: number, index: number): tf.Tensor => {
      const begin = x.shape.map((_, at) => (at === axis ? index : 0));
      const sizes = x.shape.map((length, at) => (at === axis ? 1 : length));
      return tf.reshape(tf.slice(x, begin, sizes), [...x.shape.slice(0, axis), ...x.shape.slice(axis + 1)]);
    };
    const outputs = Array.from({ length: size }, (_, index) =>
      f(...args.map((x, at) => (front[at] === null ? x : sample(x, front[at]!, index)))),
    );
    return tf.stack(outputs, outAxes < 0 ? outAxes + outputs[0]!.rank + 1 : outAxes);
  };

/** The length of every vector in a program. */
export const LENGTH = 2;

type Environment = readonly tf.Tensor[];

/** A piece of a program: from the vectors in scope, the innermost last, to one more vector. */
export interface Expression {
  readonly text: string;
  readonly run: (mapper: Mapper, scope: Environment) => tf.Tensor;
}

// None whose gradient uses its output (such as tanh): tfjs loses a part of the gradient of such a gradient.
const unary: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  sin: tf.sin,
  square: (x) => tf.square(tf.sin(x)),
  mean: (x) => tf.mul(tf.mean(x, 0, true), tf.ones([LENGTH])),
  product: (x) =>
    tf.reshape(
      tf.matMul(
        tf.reshape(x, [1, LENGTH]),
        tf.tensor2d([
          [0.5, -1],
          [0.25, 1],
        ]),
      ),
      [LENGTH],
    ),
  tidied: (x) =>
    tf.tidy(() =>
      tf.sub(
        tf.sin(x),
        tf.tidy(() => tf.cos(x)),
      ),
    ),
};

const binary: Readonly<Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>> = {
  add: tf.add,
  mul: tf.mul,
  sub: tf.sub,
};

/** a * sin(b), with three times the gradient for a and none of the cosine for b. */
const marked = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.customGrad((...all) => {
    const [x, y, save] = all as unknown as [tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void];
    save([x, y]);
    return {
      value: tf.mul(x, tf.sin(y)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.mul(3, tf.mul(dy, tf.sin(saved[1]!))),
        tf.mul(dy, saved[0]!),
      ],
    };
  })(a, b);

const variable = (scope: number): fc.Arbitrary<Expression> =>
  fc.nat(scope - 1).map((at) => ({ text: `v${at}`, run: (_, vectors) => vectors[at]! }));

const combined = (scope: number, depth: number): fc.Arbitrary<Expression> => {
  const below = expression(scope, depth - 1);
  return fc.oneof(
    fc.tuple(fc.constantFrom(...Object.keys(unary)), below).map(
      ([name, x]): Expression => ({
        text: `${name}(${x.text})`,
        run: (mapper, vectors) => unary[name]!(x.run(mapper, vectors)),
      }),
    ),
    fc.tuple(fc.constantFrom(...Object.keys(binary)), below, below).map(
      ([name, x, y]): Expression => ({
        text: `${name}(${x.text}, ${y.text})`,
        run: (mapper, vectors) => binary[name]!(x.run(mapper, vectors), y.run(mapper, vectors)),
      }),
    ),
    fc.tuple(below, below).map(
      ([x, y]): Expression => ({
        text: `marked(${x.text}, ${y.text})`,
        run: (mapper, vectors) => marked(x.run(mapper, vectors), y.run(mapper, vectors)),
      }),
    ),
  );
};

/** The gradient of an expression with one more vector in scope, at another expression. */
const gradient = (scope: number, depth: number): fc.Arbitrary<Expression> =>
  fc.tuple(expression(scope + 1, depth - 1), expression(scope, depth - 1)).map(([body, at]) => ({
    text: `grad(v${scope} => ${body.text})(${at.text})`,
    run: (mapper, vectors) =>
      // With a square, as tfjs refuses a function that does not depend on its argument. At a tensor of its own, as
      // within another gradient tfjs takes all that was ever computed from the tensor for a part of the function.
      tf.grad((x) => tf.sum(tf.add(tf.square(x), body.run(mapper, [...vectors, x]))))(
        tf.mul(1, at.run(mapper, vectors)),
      ),
  }));

/** A map over a pair of vectors, or of one vector with itself, inside the program; the mean of the results. */
const inner = (scope: number, depth: number): fc.Arbitrary<Expression> =>
  fc
    .tuple(
      expression(scope + 2, depth - 1),
      expression(scope, depth - 1),
      expression(scope, depth - 1),
      fc.constantFrom(0, 1, -1, -2),
      fc.constantFrom(0, 1, -1, -2),
      fc.boolean(),
    )
    .map(([body, x, y, inAxis, outAxis, other]) => ({
      text: `map((v${scope}, v${scope + 1}) => ${body.text}, ${inAxis}, ${outAxis}, ${other})([${x.text}, ${y.text}])`,
      run: (mapper, vectors) => {
        const [a, b] = [x.run(mapper, vectors), y.run(mapper, vectors)];
        const pair = tf.stack([a, b], inAxis < 0 ? inAxis + 2 : inAxis);
        const mapped = mapper((p, q) => body.run(mapper, [...vectors, p!, q!]), {
          inAxes: [inAxis, other ? null : inAxis],
          outAxes: outAxis,
        });
        return tf.mean(mapped(pair, other ? a : pair), outAxis);
      },
    }));

/** Random expressions over so many vectors in scope: plain calls, custom gradients, gradients and maps in any nesting. */
export const expression = (scope: number, depth: number): fc.Arbitrary<Expression> =>
  depth === 0
    ? variable(scope)
    : fc.oneof(
        { weight: 1, arbitrary: variable(scope) },
        { weight: 4, arbitrary: combined(scope, depth) },
        { weight: 3, arbitrary: gradient(scope, depth) },
        { weight: 3, arbitrary: inner(scope, depth) },
      );

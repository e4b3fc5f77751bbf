import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';

const normal = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

const perSample = (f: (x: tf.Tensor) => tf.Tensor, xs: tf.Tensor): tf.Tensor =>
  // By slices: tfjs's gradient of unstack fails for a single part.
  tf.stack(
    Array.from({ length: xs.shape[0]! }, (_, at) =>
      f(tf.reshape(tf.slice(xs, [at], [1]), xs.shape.slice(1))),
    ),
  );

/** A scalar with products, broadcasting, a custom gradient and a reduction in it. */
const loss = (w: tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const h = tf.tanh(tf.matMul(tf.reshape(x, [1, -1]), w));
    return tf.sum(tf.mul(tf.logSoftmax(h), tf.square(h)));
  });

const sizes = fc.record({
  samples: fc.integer({ min: 1, max: 4 }),
  n: fc.integer({ min: 1, max: 3 }),
  m: fc.integer({ min: 2, max: 3 }),
  seed: fc.integer({ min: 1, max: 1000 }),
});

const forSizes = (test: (drawn: { samples: number; n: number; m: number; seed: number }) => void): void => {
  fc.assert(
    fc.property(sizes, (drawn) => {
      tf.tidy(() => {
        test(drawn);
      });
    }),
    { numRuns: runs(10), seed: 2 },
  );
};

describeOnBackends('gradients and vmap', () => {
  it('vmap(grad(f)) gives each sample the gradient of its own input', () => {
    forSizes(({ samples, n, m, seed }) => {
      const w = normal([n, m], seed);
      const xs = normal([samples, n], seed + 1);
      const gradient = (x: tf.Tensor): tf.Tensor => tf.grad((q) => loss(w, q))(x);
      expectClose(vmap(gradient)(xs), perSample(gradient, xs));
    });
  });

  it('vmap(grad(f)) gives each sample its own gradient of a shared input', () => {
    forSizes(({ samples, n, m, seed }) => {
      const w = normal([n, m], seed);
      const xs = normal([samples, n], seed + 1);
      const gradient = (x: tf.Tensor): tf.Tensor => tf.grad((q) => loss(q, x))(w);
      expectClose(vmap(gradient)(xs), perSample(gradient, xs));
    });
  });

  it('a shared tensor that is also the mapped one is distinguished from it', () => {
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const gradient = (row: tf.Tensor): tf.Tensor => tf.grad((q) => tf.sum(tf.mul(q, row)))(x);
    expectClose(vmap(gradient)(x), perSample(gradient, x));
  });

  it('as are both if both are differentiated', () => {
    const x = normal([3, 2], 4);
    const gradients = (row: tf.Tensor): readonly tf.Tensor[] =>
      tf.grads((q, r) => tf.sum(tf.mul(tf.square(q!), r!)))([x, row]);
    vmap(gradients)(x).forEach((one, at) => {
      expectClose(
        one,
        perSample((row) => gradients(row)[at]!, x),
      );
    });
  });

  it('as is one that a custom gradient saves, or that is dy', () => {
    const x = normal([3, 3], 4);
    const product = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      tf.customGrad((...all) => {
        const [left, right, save] = all as unknown as [tf.Tensor, tf.Tensor, (saved: tf.Tensor[]) => void];
        save([left, right]);
        return {
          value: tf.mul(left, right),
          gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.mul(dy, saved[1]!), tf.mul(dy, saved[0]!)],
        };
      })(a, b);
    const saving = (row: tf.Tensor): tf.Tensor => tf.grad((q) => tf.sum(product(row, tf.sum(q, 0))))(x);
    expectClose(vmap(saving)(x), perSample(saving, x));
    const withDy = (row: tf.Tensor): tf.Tensor =>
      tf.grad((q) => tf.sum(tf.mul(tf.grad(tf.square)(row, row), tf.sum(q, 0))))(x);
    expectClose(vmap(withDy)(x), perSample(withDy, x));
  });

  it('vmap(valueAndGrads(f)) gives values and all gradients', () => {
    forSizes(({ samples, n, m, seed }) => {
      const w = normal([n, m], seed);
      const xs = normal([samples, n], seed + 1);
      const both = (x: tf.Tensor): readonly tf.Tensor[] => {
        const { value, grads } = tf.valueAndGrads((p: tf.Tensor, q: tf.Tensor) => loss(p, q))([w, x]);
        return [value, ...grads];
      };
      const actual = vmap(both)(xs);
      actual.forEach((one, at) => {
        expectClose(
          one,
          perSample((x) => both(x)[at]!, xs),
        );
      });
    });
  });

  it('vmap(grad(f)) takes a dy, of each sample or shared', () => {
    const x = normal([3, 2], 1);
    const dys = normal([3, 2], 2);
    const own = (one: tf.Tensor, dy: tf.Tensor): tf.Tensor => tf.grad(tf.square)(one, dy);
    expectClose(vmap(own)(x, dys), tf.mul(tf.mul(2, x), dys));
    const shared = tf.tensor1d([1, -3]);
    expectClose(vmap(own, { inAxes: [0, null] })(x, shared), tf.mul(tf.mul(2, x), shared));
  });

  it('a gradient without any tracer in it is repeated', () => {
    const w = tf.tensor1d([1, 2]);
    const f = (x: tf.Tensor): tf.Tensor =>
      tf.add(tf.mul(0, tf.sum(x)), tf.grad((q) => tf.sum(tf.square(q)))(w));
    expect(vmap(f)(tf.zeros([2, 3])).arraySync()).toEqual([
      [2, 4],
      [2, 4],
    ]);
  });

  it('grad(vmap(f)) sums over the samples for shared inputs', () => {
    forSizes(({ samples, n, m, seed }) => {
      const w = normal([n, m], seed);
      const xs = normal([samples, n], seed + 1);
      const weights = normal([samples], seed + 2);
      const total = (run: (p: tf.Tensor, q: tf.Tensor) => tf.Tensor) =>
        tf.grads((p, q) => tf.sum(tf.mul(weights, run(p!, q!))))([w, xs]);
      const actual = total(vmap(loss, { inAxes: [null, 0] }));
      const expected = total((p, q) => perSample((x) => loss(p, x), q));
      actual.forEach((one, at) => {
        expectClose(one, expected[at]!);
      });
    });
  });

  it('grad(vmap(grad(f))) is the gradient of the gradients', () => {
    const f = (w: tf.Tensor, x: tf.Tensor): tf.Tensor => tf.sum(tf.mul(tf.exp(tf.mul(w, x)), x));
    const w = normal([2], 1);
    const xs = normal([3, 2], 2);
    const inner = (p: tf.Tensor, x: tf.Tensor): tf.Tensor => tf.grad((q) => f(p, q))(x);
    const outer = (run: (p: tf.Tensor, q: tf.Tensor) => tf.Tensor) =>
      tf.grads((p, q) => tf.sum(tf.square(run(p!, q!))))([w, xs]);
    const actual = outer(vmap(inner, { inAxes: [null, 0] }));
    const expected = outer((p, q) => perSample((x) => inner(p, x), q));
    actual.forEach((one, at) => {
      expectClose(one, expected[at]!);
    });
  });

  it('vmap(grad(grad(f))) is the second derivative of each sample', () => {
    const cube = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.square(x));
    const second = tf.grad(tf.grad(cube));
    expectClose(vmap((x: tf.Tensor) => second(x))(tf.tensor1d([1, 2, -3])), tf.tensor1d([6, 12, -18]));
  });

  it('gradients inside nested vmaps are those of each pair of samples', () => {
    const xs = normal([2, 3], 1);
    const ys = normal([4, 3], 2);
    const w = normal([3], 3);
    const gradient = (x: tf.Tensor, y: tf.Tensor): tf.Tensor =>
      tf.grad((q) => tf.sum(tf.mul(tf.exp(tf.mul(q, x)), y)))(w);
    const nested = vmap((x: tf.Tensor) => vmap((y: tf.Tensor) => gradient(x, y))(ys))(xs);
    expectClose(
      nested,
      perSample((x) => perSample((y) => gradient(x, y), ys), xs),
    );
  });

  it('grad of a function with a vmap inside, inside a vmap', () => {
    const w = normal([3], 3);
    const xs = normal([2, 3], 1);
    const f = (x: tf.Tensor): tf.Tensor =>
      tf.grad((q) =>
        tf.sum(tf.mul(vmap((one: tf.Tensor) => tf.logSoftmax(tf.mul(one, x)))(tf.stack([q, q])), x)),
      )(w);
    const plain = (x: tf.Tensor): tf.Tensor =>
      tf.grad((q) => tf.sum(tf.mul(tf.stack([tf.logSoftmax(tf.mul(q, x)), tf.logSoftmax(tf.mul(q, x))]), x)))(
        w,
      );
    expectClose(vmap(f)(xs), perSample(plain, xs));
  });

  it('a vmap over the differentiated tensor sees it batched', () => {
    const w = normal([2, 3], 3);
    const xs = normal([4, 3], 1);
    const f = (run: (q: tf.Tensor, g: (row: tf.Tensor) => tf.Tensor) => tf.Tensor) => (x: tf.Tensor) =>
      tf.grad((q) => tf.sum(run(q, (row) => tf.sum(tf.exp(tf.mul(row, x))))))(w);
    expectClose(
      vmap(f((q, g) => vmap(g)(q)))(xs),
      perSample(
        f((q, g) => tf.stack([g(tf.reshape(tf.slice(q, 0, 1), [3])), g(tf.reshape(tf.slice(q, 1, 1), [3]))])),
        xs,
      ),
    );
  });

  it('a vmap that returns the differentiated tensor returns it batched', () => {
    const w = normal([3], 3);
    const xs = normal([4, 3], 1);
    const pair = tf.ones([2]);
    const f = (outAxes: 0 | null) => (x: tf.Tensor) =>
      tf.grad((q) => tf.sum(tf.mul(vmap((_: tf.Tensor) => q, { outAxes })(pair), x)))(w);
    expectClose(vmap(f(0))(xs), tf.mul(2, xs));
    expectClose(vmap(f(null))(xs), xs);
  });

  it('variableGrads gives each sample its own gradient', () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const xs = normal([3, 2], 1);
    const f = (x: tf.Tensor): tf.Tensor =>
      tf.variableGrads(() => tf.sum(tf.mul(variable, x)) as tf.Scalar, [variable]).grads[variable.name]!;
    expectClose(vmap(f)(xs), xs);
    variable.dispose();
  });

  it('leaks no tensors', () => {
    const w = normal([2, 3], 1);
    const xs = normal([4, 2], 2);
    const run = (): void => {
      tf.dispose(vmap((x: tf.Tensor) => tf.valueAndGrad((q: tf.Tensor) => loss(q, x))(w).grad)(xs));
      tf.dispose(tf.grads((p, q) => tf.sum(vmap(loss, { inAxes: [null, 0] })(p!, q!)))([w, xs]));
    };
    run();
    const before = tf.memory().numTensors;
    run();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([w, xs]);
  });
});

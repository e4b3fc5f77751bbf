import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  categorical,
  elbo,
  localReparametrization,
  random,
  valueAndGrad,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { leaves, unflatten } from '../../src/tree/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { expectClose } from './support/compare.ts';
import { classifier, labelled } from './support/nets.ts';

type Params = ReturnType<ReturnType<typeof classifier>['init']>;

/** The gradient of a scalar function of a tree, by central differences along each weight. */
const differences = (f: (params: Params) => tf.Tensor, params: Params): readonly number[] => {
  const tensors = leaves(params);
  const step = 1e-2;
  const at = (tensor: number, index: number, by: number): number =>
    tf.tidy(() => {
      const moved = tensors.map((x, i) =>
        i === tensor
          ? tf.tensor(
              values(x).map((v, j) => (j === index ? v + by : v)),
              x.shape,
            )
          : x,
      );
      return values(f(unflatten(params)(moved)))[0]!;
    });
  return tensors.flatMap((x, i) => values(x).map((_, j) => (at(i, j, step) - at(i, j, -step)) / (2 * step)));
};

describeOnBackends('valueAndGrad', () => {
  it.each(['sampled', 'closed form', 'local', 'predictive'])(
    'agrees with central differences: %s',
    (kind) => {
      const model = classifier();
      const params = model.init(random.key(0));
      const common = { likelihood: categorical(), datasetSize: 5 };
      const loss =
        kind === 'sampled'
          ? elbo(common)(vmapSamples({ samples: 2 })(withLogProbs(model)))
          : kind === 'closed form'
            ? elbo(common)(withDivergence(model))
            : kind === 'local'
              ? elbo(common)(
                  vmapSamples({ samples: 2, chunk: 1 })(withDivergence(localReparametrization(model))),
                )
              : elbo({ ...common, dataFitting: 'predictive' })(
                  vmapSamples({ samples: 3 })(withLogProbs(model)),
                );
      const batch = labelled();
      const [parts, gradient] = valueAndGrad(loss)(params, random.key(1), batch);
      expectClose(parts, loss(params, random.key(1), batch));
      const expected = differences((p) => loss(p, random.key(1), batch).loss, params);
      // The step squared times the third derivative, and float32 rounding of the loss over the step.
      expectNumbers(leaves(gradient).flatMap(values), expected, 3e-3);
    },
  );

  it('differentiates only `loss`, and gives zeros for weights that it does not depend on', () => {
    const f = (params: { readonly a: tf.Tensor; readonly b: tf.Tensor }) => ({
      other: tf.sum(tf.square(params.b)),
      loss: tf.sum(tf.mul(params.a, 3)),
    });
    const [parts, gradient] = valueAndGrad(f)({ a: tf.tensor1d([1, 2]), b: tf.tensor2d([[1, 2]]) });
    expectClose(parts, { loss: tf.scalar(9), other: tf.scalar(5) }, 0);
    expectClose(gradient, { a: tf.tensor1d([3, 3]), b: tf.tensor2d([[0, 0]]) }, 0);
    const [, none] = valueAndGrad(() => ({ loss: tf.scalar(1) }))({ a: tf.ones([2]) });
    expectClose(none, { a: tf.zeros([2]) }, 0);
  });

  it('takes parts of any dtype, whether they have a gradient or not', () => {
    const [parts] = valueAndGrad(({ a }: { readonly a: tf.Tensor }) => ({
      loss: tf.sum(a),
      hits: tf.sum(tf.cast(tf.greater(a, 1), 'int32')),
      any: tf.any(tf.greater(a, 1)),
    }))({ a: tf.tensor1d([1, 2, 3]) });
    expect([parts.loss, parts.hits, parts.any].flatMap(values)).toEqual([6, 2, 1]);
  });

  it('keeps the tree: names, order and non-tensor values', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });
    const tree = fc.dictionary(
      fc.constantFrom('b', 'a', '1', 'weight'),
      fc.oneof(shape, fc.record({ x: shape, y: shape })),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(tree, (shapes) => {
        tf.tidy(() => {
          const built = Object.fromEntries(
            Object.entries(shapes).map(([name, each]) => [
              name,
              Array.isArray(each) ? tf.ones(each) : { x: tf.ones(each.x), tag: 'kept', y: tf.ones(each.y) },
            ]),
          );
          const [, gradient] = valueAndGrad((params: typeof built) => ({
            loss: tf.addN(leaves(params).map((x, at) => tf.mul(tf.sum(x), at + 1))),
          }))(built);
          expect(Object.keys(gradient)).toEqual(Object.keys(built));
          leaves(gradient).forEach((x, at) => {
            expect(x.shape).toEqual(leaves(built)[at]!.shape);
            expect(new Set(values(x))).toEqual(new Set([at + 1]));
          });
        });
      }),
      { numRuns: runs(20), seed: 6 },
    );
  });

  it('returns its results and leaks nothing, also when the loss throws', () => {
    const model = classifier();
    const params = model.init(random.key(0));
    const batch = labelled();
    const loss = elbo({ likelihood: categorical(), datasetSize: 5 })(
      vmapSamples({ samples: 2 })(withLogProbs(model)),
    );
    expectNoLeak(() => valueAndGrad(loss)(params, random.key(1), batch));
    expectNoLeak(() => {
      const failing = (p: Params) => {
        tf.square(leaves(p)[0]!);
        throw new Error('in the middle');
      };
      expect(() => valueAndGrad(failing)(params)).toThrow('in the middle');
    });
    // Nothing is left open: a differentiation afterwards is as before.
    expect(values(tf.grad((y: tf.Tensor) => tf.square(y))(tf.scalar(3)))).toEqual([6]);
  });

  it('rejects a loss that is not a record of scalars, and parameters without a tensor', () => {
    const run = (result: unknown, params: unknown = { a: tf.ones([2]) }) =>
      valueAndGrad(() => result as { readonly loss: tf.Tensor })(params);
    expect(() => run(tf.scalar(1))).toThrow(/result of the loss must be a record of scalars with a loss/);
    expect(() => run({ value: tf.scalar(1) })).toThrow(/result of the loss must be a record of scalars/);
    expect(() => run({ loss: tf.ones([2]) })).toThrow(/part 'loss' of the loss must be a scalar tensor, got/);
    expect(() => run({ loss: tf.scalar(1), extra: 2 })).toThrow(/part 'extra' of the loss must be a scalar/);
    expect(() => run({ loss: tf.scalar(1) }, { a: 1 })).toThrow(
      /valueAndGrad: params must be a tree with at least one tensor/,
    );
  });
});

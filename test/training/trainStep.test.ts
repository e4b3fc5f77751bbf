import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { adam, linear, random, sgd, trainStep, tree, valueAndGrad } from '../../src/index.ts';
import { describeOnBackends, many } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectClose, expectSame, read } from '../transforms/support/compare.ts';
import { problem } from './support/problem.ts';

const start = () => {
  const { model, step, loss, inputs, targets } = problem();
  const params = model.init(random.key(0));
  return { step, loss, params, batch: { inputs, targets }, first: step.init(params, random.key(1)) };
};

describeOnBackends('trainStep', () => {
  it('moves the parameters by the update of the gradient under the key of the step', () => {
    const { loss, params, batch } = start();
    const step = trainStep(loss, sgd({ learningRate: 0.1 }));
    let state = step.init(params, random.key(1));
    for (const n of [0, 1, 2]) {
      const [parts, gradient] = valueAndGrad(loss)(state.params, random.foldIn(random.key(1), n), batch);
      const expected = tree.zipWith((x, g) => tf.sub(x, tf.mul(0.1, g)))(state.params, gradient);
      const next = step.update(state, batch);
      expectClose(next.state.params, expected, 1e-6);
      expectSame(next.parts, parts);
      expect(next.state.step).toBe(n + 1);
      expect(next.state.key).toBe(state.key);
      state = next.state;
    }
  });

  it('leaves the old state alone and is repeatable', () => {
    const { step, first, batch, params } = start();
    const before = read([first.params, first.optimizer]);
    const [a, b] = [step.update(first, batch), step.update(first, batch)];
    expect(read([first.params, first.optimizer])).toEqual(before);
    expect(read([a.state.params, a.state.optimizer, a.parts])).toEqual(
      read([b.state.params, b.state.optimizer, b.parts]),
    );
    expect([first.step, a.state.step]).toEqual([0, 1]);
    expect(read(a.state.params)).not.toEqual(read(first.params));
    tree.dispose([first.params, first.optimizer]);
    expectSame(step.update(a.state, batch).state.params, step.update(b.state, batch).state.params);
    expect(tree.leaves(params).every((x) => !x.isDisposed)).toBe(true);
  });

  it('disposes the old state with donate, and the result is the same', () => {
    const { step, first, batch } = start();
    const kept = step.update(first, batch);
    const donated = step.update(first, batch, { donate: true });
    expectSame(donated.state.params, kept.state.params);
    expect(tree.leaves([first.params, first.optimizer]).every((x) => x.isDisposed)).toBe(true);
    expect(tree.leaves([donated.state.params, donated.state.optimizer]).some((x) => x.isDisposed)).toBe(
      false,
    );
  });

  it.each([true, false])('leaks nothing in many steps (donate %s)', (donate) => {
    const steps = many(100);
    const { step, first, batch } = start();
    let state = first;
    const before = tf.memory().numTensors;
    for (let n = 0; n < steps; n++) {
      const next = step.update(state, batch, { donate });
      if (!donate) tree.dispose([state.params, state.optimizer]);
      tree.dispose(next.parts);
      state = next.state;
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(state.step).toBe(steps);
  });

  it('keeps the old state, donated or not, and leaks nothing when the loss throws', () => {
    const { step, first, batch } = start();
    const bad = { inputs: batch.inputs, targets: tf.fill([9], 0, 'int32') as tf.Tensor };
    expectNoLeak(() => {
      for (const donate of [true, false])
        expect(() => step.update(first, bad, { donate })).toThrow(
          'categorical: targets must be class labels of shape [10]',
        );
    });
    expect(tree.leaves([first.params, first.optimizer]).some((x) => x.isDisposed)).toBe(false);
    expect(step.update(first, batch).state.step).toBe(1);
  });

  it('copies the parameters, and leaks nothing when the optimizer cannot start', () => {
    const { loss, params, batch } = start();
    const fresh = tree.map((x) => tf.clone(x))(params) as typeof params;
    const step = trainStep(loss, adam({ learningRate: 0.1 }));
    const state = step.init(fresh, random.key(0));
    tree.dispose(fresh);
    expect(step.update(state, batch).state.step).toBe(1);
    const broken = trainStep(loss, {
      init: () => {
        throw new Error('no start');
      },
      update: (gradient, none: number) => ({ updates: gradient, state: none }),
    });
    expectNoLeak(() => {
      expect(() => broken.init(params, random.key(0))).toThrow('no start');
    });
  });

  it('rejects anything that is not a loss or an optimizer', () => {
    const { loss } = start();
    expect(() => trainStep(linear(2, 1) as never, adam({ learningRate: 0.1 }))).toThrow(
      /trainStep: loss must be a function of \(params, key, batch\), got a Layer/,
    );
    for (const wrong of [undefined, adam, { init: () => ({}) }])
      expect(() => trainStep(loss, wrong as never)).toThrow(/trainStep: optimizer must be one such as adam/);
  });
});

import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  accumulate,
  adam,
  adamw,
  categorical,
  chain,
  clipByGlobalNorm,
  elbo,
  ema,
  linear,
  partition,
  random,
  schedule,
  sgd,
  trainStep,
  tree,
  valueAndGrad,
  vmap,
  vmapSamples,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends, many } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectClose, expectSame, read } from '../transforms/support/compare.ts';
import { problem } from './support/problem.ts';

const start = () => {
  const { model, step, loss, inputs, targets } = problem();
  const params = model.init(random.key(0));
  return { model, step, loss, params, batch: { inputs, targets }, first: step.init(params, random.key(1)) };
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

  it('disposes a donated state that an update may have written over, and leaks nothing', () => {
    const { step, first, batch } = start();
    const failing = Object.assign(() => undefined, {
      fused: () => {
        tf.square(tf.scalar(3));
        throw new Error('out of memory');
      },
    });
    const optimizer = { ...step.optimizer, update: failing as unknown as typeof step.optimizer.update };
    const { update } = trainStep(start().loss, optimizer);
    expectNoLeak(() => {
      expect(() => update(first, batch)).toThrow('out of memory');
    });
    const before = tf.memory().numTensors;
    expect(() => update(first, batch, { donate: true })).toThrow('out of memory');
    const held = tree.leaves([first.params, first.optimizer]);
    expect(held.every((x) => x.isDisposed)).toBe(true);
    expect(tf.memory().numTensors).toBe(before - held.length);
  });

  it('uses the update of an optimizer that replaces it', () => {
    const { loss, step, first, batch } = start();
    const optimizer = adam({ learningRate: 0.1 });
    const still = {
      ...optimizer,
      update: (<P>(gradient: P, state: typeof first.optimizer, params: P) => {
        const { updates, state: next } = optimizer.update(gradient, state, params);
        return { updates: tree.map((x) => tf.mul(x, 0))(updates) as P, state: next };
      }) as typeof optimizer.update,
    };
    expectSame(trainStep(loss, still).update(first, batch).state.params, first.params);
    expect(read(step.update(first, batch).state.params)).not.toEqual(read(first.params));
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

  it('passes the number of steps so far to the loss', () => {
    const steps: number[] = [];
    const loss = ({ w }: { readonly w: tf.Tensor }, _: random.Key, x: tf.Tensor, step: number) => {
      steps.push(step);
      return { loss: tf.sum(tf.mul(w, x)) };
    };
    const { init, update } = trainStep(loss, sgd({ learningRate: 1 }));
    const first = { ...init({ w: tf.scalar(3) }, random.key(0)), step: 5 };
    const { state } = update(update(first, tf.scalar(1)).state, tf.scalar(1));
    expect([state.step, ...steps]).toEqual([7, 5, 6]);
    expectSame(state.params, { w: tf.scalar(1) });
  });

  it('anneals the divergence by the steps of the state', () => {
    const { model, batch, params } = start();
    const options = { likelihood: categorical(), datasetSize: 10 };
    const sampled = vmapSamples({ samples: 2 })(withLogProbs(model));
    const temperature = (step: number): number => (step + 1) / 4;
    const annealed = trainStep(elbo({ ...options, temperature })(sampled), adam({ learningRate: 0.1 }));
    let state = annealed.init(params, random.key(1));
    for (const n of [0, 1, 2, 3]) {
      const fixed = trainStep(
        elbo({ ...options, temperature: (n + 1) / 4 })(sampled),
        adam({ learningRate: 0.1 }),
      );
      const [next, same] = [annealed.update(state, batch), fixed.update(state, batch)];
      expectSame(next.parts, same.parts);
      expectSame(next.state.params, same.state.params);
      state = next.state;
    }
  });

  it('works under vmap over stacked states, with every optimizer', () => {
    const { model, loss, batch } = start();
    const rate = schedule.warmupCosine({ peak: 0.1, warmup: 0, steps: 4 });
    const where = (path: tree.Path) => path.at(-1) === 'mean';
    const optimizer = ema({ decay: 0.5 })(
      accumulate(2)(
        partition(
          {
            hidden: adamw({ learningRate: rate, weightDecay: 0.1, where }),
            last: chain(clipByGlobalNorm(1), sgd({ learningRate: rate, momentum: 0.9 })),
          },
          ([layer]) => layer as 'hidden' | 'last',
        ),
      ),
    );
    const step = trainStep(loss, optimizer);
    const keys = random.split(random.key(5), 2);
    const alone = keys.map((key) =>
      [0, 1, 2].reduce((state) => step.update(state, batch).state, step.init(model.init(key), key)),
    );
    const first = { ...vmap((key: random.Key) => step.init(model.init(key), key))(keys), key: keys };
    const update = vmap(step.update as never, { inAxes: [0, null] }) as unknown as (
      state: typeof first,
      data: typeof batch,
    ) => { readonly state: typeof first };
    const together = [0, 1, 2].reduce((state) => update(state, batch).state, first);
    expect(together.step).toBe(3);
    keys.forEach((_, member) => {
      const own = tree.map((x) => tf.gather(x, member))([together.params, together.optimizer]);
      expectClose(own, [alone[member]!.params, alone[member]!.optimizer], 1e-5);
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

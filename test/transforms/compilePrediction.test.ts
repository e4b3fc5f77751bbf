import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, it } from 'vitest';
import {
  bayesian,
  type CompiledFunction,
  categorical,
  compile,
  dropout,
  ensemble,
  gaussian,
  layer,
  linear,
  localReparametrization,
  pipe,
  poisson,
  predict,
  random,
  sequential,
  tree,
  valueAndGrad,
} from '../../src/index.ts';
import { describeOnBackends, kernels } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectSame } from './support/compare.ts';

type Predicted = (params: object, key: random.Key, ...inputs: readonly unknown[]) => object;

const x = (rows: number, seed = 7) => random.normal(random.key(seed), [rows, 3]);
const likelihood = gaussian({ std: 0.3 });
const dense = () => bayesian()(sequential(linear(3, 4), tf.tanh, linear(4, 2)));

/** A network with noise of its own, and an input that is not data. */
const scaled = () =>
  bayesian()(
    layer(
      { hidden: linear(3, 6), noise: dropout(0.3), out: linear(6, 2) },
      ({ hidden, noise, out }) =>
        (x: tf.Tensor, scale: tf.Tensor | number) =>
          tf.mul(out(noise(tf.tanh(hidden(x)))), scale),
    ),
  );

interface Case {
  readonly init: (key: random.Key) => object;
  readonly f: Predicted;
  /** Those of each call; by default two sizes in turn. */
  readonly inputs?: (call: number) => readonly unknown[];
}

/** Predictions as users make them. Their types differ: the tests pass them on. */
const made = (init: unknown, f: unknown, inputs?: Case['inputs']): Case => ({
  ...{ init: init as Case['init'], f: f as Predicted },
  ...(inputs && { inputs }),
});

const cases: Readonly<Record<string, () => Case>> = {
  'from samples of weights': () => {
    const model = dense();
    return made(model.init, predict(model, { likelihood: categorical(), samples: 5 }));
  },
  'in groups of samples and rows': () => {
    const model = dense();
    return made(model.init, predict(model, { likelihood, samples: 5, chunk: 2, batchSize: 3 }));
  },
  'from samples of outputs': () => {
    const model = dense();
    return made(model.init, predict(pipe(model, localReparametrization), { likelihood, samples: 5 }));
  },
  'of an ensemble': () => {
    const model = ensemble({ members: 2 })(dense());
    return made(model.init, predict(model, { likelihood: poisson(), samples: 3 }));
  },
  'with all that can be asked for': () => {
    const model = dense();
    const targets = random.normal(random.key(8), [4, 2]);
    const asked = { logProb: targets, cdf: targets, quantiles: [0.2, 0.7], interval: 0.9 } as const;
    const f = predict(model, { likelihood, samples: 5, ...asked });
    return made(model.init, f, (call) => [x(4, call)]);
  },
  'of two inputs': () => {
    const model = scaled();
    const f = predict(model, { likelihood, samples: 4 });
    return made(model.init, f, (call) => [x(2 + (call % 2), call), tf.scalar(call)]);
  },
  'of a number, each with a recording of its own': () => {
    const model = scaled();
    const f = predict(model, { likelihood, samples: 4 });
    return made(model.init, f, (call) => [x(2, call), call % 2]);
  },
  'by hand, of no input': () =>
    made(
      () => ({ a: x(2) }),
      ({ a }: { readonly a: tf.Tensor }, key: random.Key) => [tf.add(a, random.normal(key, [3]))],
      () => [],
    ),
  'by hand, of a list with one input': () =>
    made(
      () => ({ a: x(2) }),
      ({ a }: { readonly a: tf.Tensor }, key: random.Key, ...xs: readonly tf.Tensor[]) => ({
        sum: tf.mul(tf.addN([random.uniform(key, [2, 3]), a, ...xs]), xs.length),
      }),
      (call) => [x(2, call)],
    ),
  'by hand, of two inputs and a result with a loss': () =>
    made(
      () => ({ a: x(2) }),
      ({ a }: { readonly a: tf.Tensor }, key: random.Key, x: tf.Tensor, flag: number) => ({
        loss: tf.mul(tf.add(a, random.normal(key, [3])), tf.mul(x, flag > 0 ? 2 : 3)),
      }),
      (call) => [x(2, call), call % 2],
    ),
  'by hand, of a list': () =>
    made(
      () => ({ a: x(2) }),
      ({ a }: { readonly a: tf.Tensor }, key: random.Key, ...xs: readonly tf.Tensor[]) => ({
        sum: tf.addN([random.uniform(key, [2, 3]), a, ...xs]),
      }),
      (call) => [x(2, call), x(2, call + 1), x(2, call + 2)],
    ),
};

const failing = (reason: string): never => expect.fail(reason);

describeOnBackends('compile of a prediction', (backend) => {
  const records = backend !== 'cpu' && kernels;
  const made: { readonly dispose: () => void }[] = [];

  const compiling = (f: Predicted) => {
    const compiled: CompiledFunction<object, readonly unknown[], object> = compile(f, {
      onFallback: failing,
    });
    made.push(compiled);
    return compiled;
  };

  afterEach(() => {
    for (const compiled of made.splice(0)) compiled.dispose();
  });

  it.each(Object.keys(cases))('gives the same bits: %s', (name) => {
    const { init, f, inputs = (call: number) => [x(4 + (call % 2), call)] } = cases[name]!();
    const compiled = compiling(f);
    const params = init(random.key(0));
    const calls = 8;
    for (let call = 0; call < calls; call++) {
      const given = inputs(call);
      const [actual, expected] = [compiled, f].map((each) => each(params, random.key(call), ...given));
      expectSame(actual, expected);
      tree.dispose([actual, expected, given.filter((each) => typeof each !== 'number')]);
    }
    const different = /no input|list|asked/.test(name) ? 1 : 2;
    const counts = records
      ? { recordings: different, replays: calls - different }
      : { recordings: 0, replays: 0 };
    expect(compiled.report()).toMatchObject({ ...counts, fallback: undefined });
  });

  it('refuses inputs that are not finite in each call that can read them, and goes on', () => {
    const model = dense();
    const f = predict(model, { likelihood, samples: 3 }) as unknown as Predicted;
    const compiled = compiling(f);
    const params = model.init(random.key(0));
    const bad = tf.tensor2d([[1, Number.NaN, 2]]);
    for (let call = 0; call < 4; call++) {
      expectSame(compiled(params, random.key(call), x(1, call)), f(params, random.key(call), x(1, call)));
      if (backend !== 'webgpu')
        expect(() => compiled(params, random.key(call), bad)).toThrow(
          'predict: inputs: 0 must be finite, but has NaN or infinite values',
        );
    }
    expect(compiled.report().replays).toBeGreaterThan(records ? 2 : -1);
  });

  it('gives the gradient by the parameters, whatever the inputs', () => {
    type Loss = (p: { a: tf.Tensor }, key: random.Key, ...xs: readonly unknown[]) => { loss: tf.Tensor };
    const f: Loss = ({ a }, key, x, flag, ...more) => {
      const noise = tf.add(random.normal(key, [3]), x as tf.Tensor);
      return { loss: tf.sum(tf.mul(tf.mul(a, noise), (flag ? 2 : 3) + more.length)) };
    };
    const owned = compile(f, { onFallback: failing });
    made.push(owned);
    const compiled = owned as unknown as Loss;
    const a = x(2);
    const calls = [
      [x(1)],
      [x(1), true],
      [x(1), false],
      [x(1), tf.scalar(1)],
      [x(1), 1],
      [x(1), 0],
      [x(1), 1, 2],
    ];
    for (let call = 0; call < 3; call++)
      for (const inputs of calls)
        expectSame(
          valueAndGrad(compiled)({ a }, random.key(call), ...inputs),
          valueAndGrad(f)({ a }, random.key(call), ...inputs),
        );
  });

  it('gives one tensor where the function gives one in several places', () => {
    const f = ((_: object, key: random.Key, x: tf.Tensor) => {
      const y = tf.add(x, random.normal(key, [3]));
      return { y, same: [y, x] };
    }) as unknown as Predicted;
    const compiled = compiling(f);
    for (let call = 0; call < 4; call++) {
      const { y, same } = compiled({}, random.key(call), x(2)) as {
        y: tf.Tensor;
        same: readonly tf.Tensor[];
      };
      expect(same[0]).toBe(y);
      expect(same[1]).not.toBe(y);
    }
  });

  it('runs as it is what disposes its inputs, and what fails at first is recorded later', () => {
    const reasons: string[] = [];
    const greedy = ((_: object, key: random.Key, x: tf.Tensor) => {
      const y = tf.add(x, random.normal(key, [3]));
      x.dispose();
      return [y];
    }) as unknown as Predicted;
    const compiled = compile(greedy, { onFallback: (reason) => reasons.push(reason) });
    made.push(compiled);
    for (let call = 0; call < 4; call++) {
      const input = x(2);
      compiled({}, random.key(call), input);
      expect(input.isDisposed).toBe(true);
    }
    expect(reasons).toEqual(records ? [expect.stringContaining('it disposes what it is given')] : []);
    let fails = true;
    const late = compiling(((_: object, key: random.Key, x: tf.Tensor) => {
      if (fails) throw new Error('a passing fault');
      return [tf.add(x, random.normal(key, [3]))];
    }) as unknown as Predicted);
    for (let call = 0; call < 5; call++)
      expect(() => late({}, random.key(call), x(2))).toThrow('a passing fault');
    fails = false;
    for (let call = 0; call < 3; call++) late({}, random.key(call), x(2));
    expect(late.report().replays).toBe(records ? 3 : 0);
  });

  it('leaks nothing', () => {
    const model = dense();
    const compiled = compiling(
      predict(model, { likelihood, samples: 3, interval: 0.9 }) as unknown as Predicted,
    );
    const [params, input] = [model.init(random.key(0)), x(3)];
    for (let call = 0; call < 3; call++) tree.dispose(compiled(params, random.key(call), input));
    expectNoLeak(() => compiled(params, random.key(9), input));
    compiled.dispose();
    expect(compiled.report()).toMatchObject({ recordings: 0, bytes: 0 });
    expectSame(compiled(params, random.key(9), input), compiled(params, random.key(9), input));
  });
});

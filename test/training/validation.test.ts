import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import {
  accuracy,
  batches,
  categorical,
  epochs,
  fit,
  type Predictive,
  predict,
  random,
  split,
  stream,
  tree,
} from '../../src/index.ts';
import { assessment } from '../../src/training/stopping.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNumbers } from '../support/numbers.ts';
import { expectSame, read } from '../transforms/support/compare.ts';
import { problem } from './support/problem.ts';

const likelihood = categorical();

/** Options of a run of `problem`, validated on rows that it also trains on. */
const setup = (epochCount = 3) => {
  const made = problem();
  const { model, data, inputs, targets } = made;
  const options = { model, key: random.key(0), batches: data, epochs: epochCount, progress: false } as const;
  return { ...made, options, valid: { inputs, targets } };
};

const scored = ({ mean }: Predictive, labels: tf.Tensor) => accuracy(mean, labels);

/** The scores by hand: the predictive distribution under the run's validation key. */
const byHand = (made: ReturnType<typeof setup>, params: never, key: random.Key): number => {
  const { model, valid } = made;
  const options = { likelihood, samples: 10, logProb: valid.targets };
  return tf.tidy(() => {
    const { logProb } = predict(model, options)(params, random.foldIn(key, 0xfffffffe), valid.inputs);
    return -tf.mean(logProb).dataSync()[0]!;
  });
};

describeOnBackends('fit with validation', () => {
  it('scores the predictive distribution after each epoch, in the result and in callbacks', async () => {
    const made = setup();
    const { step, options, valid } = made;
    const expected: number[] = [];
    const seen: unknown[] = [];
    const fitted = await fit(step, {
      ...options,
      validation: { data: valid, likelihood, metrics: { accuracy: scored } },
      onEpoch: async ({ state, validation }) => {
        seen.push(validation);
        if (tf.getBackend() !== 'webgpu') expected.push(byHand(made, state.params as never, state.key));
      },
    });
    expect(fitted.validations).toEqual(seen);
    expect(fitted.validations.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(Object.keys(fitted.validations[0]!)).toEqual(['epoch', 'nll', 'accuracy']);
    for (const { accuracy } of fitted.validations) expect((accuracy! * 10) % 1).toBeCloseTo(0, 5);
    if (expected.length > 0)
      expectNumbers(
        fitted.validations.map(({ nll }) => nll!),
        expected,
        1e-5,
      );
    expect(fitted.stopped).toBe(false);
  });

  it('does not change training, and leaves only the last state and the best parameters', async () => {
    const { step, options, valid } = setup();
    const plain = await fit(step, options);
    const before = tf.memory().numTensors;
    const fitted = await fit(step, { ...options, validation: { data: valid, likelihood } });
    expectSame(fitted.params, plain.params);
    expect(fitted.history).toEqual(plain.history);
    const kept = tree.leaves([fitted.params, fitted.optimizer, fitted.best!.params]);
    expect(tf.memory().numTensors - before).toBe(kept.length);
  });

  it('gives batches the weight of their rows, whatever the source', async () => {
    const { step, options, valid } = setup(1);
    const whole = await fit(step, { ...options, validation: { data: valid, likelihood } });
    const source = batches(valid, { size: 3, shuffle: false });
    const inParts = await fit(step, { ...options, validation: { data: source, likelihood } });
    const [a, b] = [whole.validations[0]!.nll!, inParts.validations[0]!.nll!];
    expectNumbers([b], [a], 1e-5);
    const weighted = { ...valid, weights: tf.tensor1d([1, 1, 1, 1, 1, 0, 0, 0, 0, 0]) };
    const first = tree.map((x: tf.Tensor) => tf.slice(x, 0, 5))(valid) as typeof valid;
    const [half, deleted] = await Promise.all(
      [weighted, first].map((data) => fit(step, { ...options, validation: { data, likelihood } })),
    );
    expectNumbers([half!.validations[0]!.nll!], [deleted!.validations[0]!.nll!], 1e-5);
  });

  it('validates every n epochs, and after the last', async () => {
    const { step, options, valid } = setup(5);
    const { validations, history } = await fit(step, {
      ...options,
      validation: { data: valid, likelihood, every: 2 },
    });
    expect(validations.map(({ epoch }) => epoch)).toEqual([2, 4, 5]);
    expect(history.length).toBe(5);
  });

  it('keeps the best parameters, and stops when patience ends', async () => {
    const { step, options, valid } = setup(50);
    const scores = [5, 3, 4, 2, 2.5, 6, 7, 1];
    const metric = vi.fn(() => scores[metric.mock.calls.length - 1]!);
    const states: unknown[] = [];
    const fitted = await fit(step, {
      ...options,
      validation: { data: valid, likelihood, metrics: { metric } },
      stopping: { patience: 3, metric: 'metric', window: 1 },
      onEpoch: ({ state }) => void states.push(read(state.params)),
    });
    expect([fitted.stopped, fitted.aborted, fitted.history.length]).toEqual([true, false, 7]);
    expect([fitted.best!.epoch, fitted.best!.scores.metric]).toEqual([4, 2]);
    expect(read(fitted.best!.params)).toEqual(states[3]);
    expect(read(fitted.params)).toEqual(states[6]);
  });

  it('disposes everything if a metric throws, or a score is NaN', async () => {
    const { step, options, valid } = setup();
    const before = tf.memory().numTensors;
    const run = (metric: () => number | tf.Tensor) =>
      fit(step, { ...options, validation: { data: valid, likelihood, metrics: { metric } } });
    await expect(
      run(() => {
        throw new Error('no score');
      }),
    ).rejects.toThrow('no score');
    await expect(run(() => Number.NaN)).rejects.toThrow("fit: the validation's metric is NaN");
    await expect(run(() => tf.ones([2]))).rejects.toThrow(
      'fit: result of validation.metrics.metric must be a number or a scalar',
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('rejects each bad option by name', async () => {
    const { step, options, valid, model } = setup();
    const validation = { data: valid, likelihood };
    const refused = async (change: object): Promise<string> =>
      fit(step, { ...options, validation, ...change } as never).then(
        () => 'it did not fail',
        ({ message }: Error) => message,
      );
    expect(await refused({ model: undefined, init: model.init })).toMatch(
      /^fit: model must be given, since validation is, got undefined/,
    );
    expect(await refused({ validation: undefined, stopping: { patience: 1 } })).toMatch(
      /^fit: validation must be given, since stopping is/,
    );
    for (const data of [3, null, undefined])
      expect(await refused({ validation: { data, likelihood } })).toMatch(
        /^fit: validation.data must be a data set/,
      );
    expect(
      await refused({ validation: { data: { ...batches(valid, { size: 2 }), rows: 0 }, likelihood } }),
    ).toMatch(/^fit: validation.data.rows must be a positive integer, got 0/);
    expect(await refused({ validation: { ...validation, samples: 0 } })).toMatch(
      /^fit: validation.samples must be a positive integer/,
    );
    expect(await refused({ validation: { ...validation, metric: 3 } })).toMatch(
      /^fit: validation: unknown option 'metric'; did you mean 'metrics'\?/,
    );
    expect(await refused({ validation: { ...validation, metrics: { nll: scored } } })).toMatch(
      /^fit: validation.metrics must be without the names 'nll' and 'epoch'/,
    );
    expect(await refused({ validation: { ...validation, metrics: { rmse: 'rmse' } } })).toMatch(
      /^fit: validation.metrics.rmse must be a function/,
    );
    expect(await refused({ stopping: { patience: 2, metric: 'accuracy' } })).toMatch(
      /^fit: stopping.metric must be one of the validation's scores, 'nll', got 'accuracy'/,
    );
    expect(await refused({ stopping: { patience: 0 } })).toMatch(
      /^fit: stopping.patience must be a positive integer/,
    );
    expect(await refused({ stopping: { patience: 1, minDelta: -1 } })).toMatch(
      /^fit: stopping.minDelta must be a finite number of at least 0/,
    );
  });

  it('takes a stream for training and for validation, and validates a part that split returns', async () => {
    const { step, options, inputs, targets } = setup(2);
    const parts = split({ inputs, targets }, { train: 0.6, validation: 0.4 }, random.key(3));
    const rows = async function* ({ inputs, targets }: typeof parts.train) {
      for (let i = 0; i < inputs.shape[0]!; i++)
        yield { inputs: tf.slice(inputs, i, 1), targets: tf.slice(targets, i, 1) };
    };
    const train = stream(() => rows(parts.train), { rows: 6 });
    const valid = stream(() => rows(parts.validation), { rows: 4 });
    const before = tf.memory().numTensors;
    const streamed = await fit(step, { ...options, batches: train, validation: { data: valid, likelihood } });
    const inMemory = await fit(step, {
      ...options,
      batches: batches(parts.train, { size: 1, shuffle: false }),
      validation: { data: batches(parts.validation, { size: 1, shuffle: false }), likelihood },
    });
    expectSame(streamed.params, inMemory.params);
    expect(streamed.validations).toEqual(inMemory.validations);
    tree.dispose(
      [streamed, inMemory].map(({ params, optimizer, best }) => [params, optimizer, best?.params]),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describeOnBackends('epochs', () => {
  it('yields each epoch with its losses and a state that lives until the next; fit is such a loop', async () => {
    const { step, options } = setup(3);
    const { model, progress: _, ...rest } = options;
    const before = tf.memory().numTensors;
    const seen: { readonly epoch: number; readonly loss: number }[] = [];
    const states: unknown[] = [];
    for await (const item of epochs(step, { ...rest, init: model.init })) {
      if (item.aborted) throw new Error('it was not aborted');
      seen.push({ epoch: item.epoch, loss: item.losses.loss! });
      states.push(item.state);
      expect(tree.leaves([item.state.params, item.parts]).some((x) => x.isDisposed)).toBe(false);
    }
    const [first, , last] = states as { readonly params: unknown; readonly optimizer: unknown }[];
    expect(tree.leaves(first!.params).every((x) => x.isDisposed)).toBe(true);
    const fitted = await fit(step, options);
    expectSame(last!.params, fitted.params);
    expect(seen).toEqual(fitted.history.map(({ loss }, index) => ({ epoch: index + 1, loss })));
    tree.dispose([last!.params, last!.optimizer, fitted.params, fitted.optimizer]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves the state to a loop that ends early, and one in the middle of an epoch if aborted', async () => {
    const { step, options } = setup(3);
    const { model, progress: _, ...rest } = options;
    const before = tf.memory().numTensors;
    for await (const { state } of epochs(step, { ...rest, init: model.init })) {
      tree.dispose([state.params, state.optimizer]);
      break;
    }
    expect(tf.memory().numTensors).toBe(before);
    const stop = new AbortController();
    const onStep = ({ step: n }: { readonly step: number }) => void (n === 4 && stop.abort());
    const items: [boolean, number][] = [];
    for await (const { aborted, state } of epochs(step, {
      ...rest,
      init: model.init,
      signal: stop.signal,
      onStep,
    })) {
      items.push([aborted, state.step]);
      if (aborted) tree.dispose([state.params, state.optimizer]);
    }
    expect(items).toEqual([
      [false, 3],
      [true, 4],
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stops at once while a stream stalls, and throws for one that ends early or goes on', async () => {
    const { step, options, inputs, targets } = setup(1);
    const { model, progress: _, ...rest } = options;
    const batch = () => ({ inputs: tf.slice(inputs, 0, 5), targets: tf.slice(targets, 0, 5) });
    const stop = new AbortController();
    const stalling = stream(
      async function* () {
        yield batch();
        setTimeout(() => stop.abort(), 1);
        await new Promise(() => {});
      },
      { rows: 10 },
    );
    const before = tf.memory().numTensors;
    const states: { readonly aborted: boolean; readonly state: { readonly step: number } }[] = [];
    for await (const item of epochs(step, {
      ...rest,
      batches: stalling,
      init: model.init,
      signal: stop.signal,
    })) {
      states.push(item);
      tree.dispose([item.state.params, item.state.optimizer]);
    }
    expect(states.map(({ aborted }) => aborted)).toEqual([true]);
    for (const count of [1, 3]) {
      const other = stream(
        function* () {
          for (let index = 0; index < count; index++) yield batch();
        },
        { rows: 10 },
      );
      await expect(fit(step, { ...options, batches: other })).rejects.toThrow(
        count === 1 ? /^stream: .*ended after 5 of 10 rows/ : /^stream: .*must end after 10 rows/,
      );
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('checks its options at once', () => {
    const { step, options } = setup(1);
    expect(() => epochs(step, { ...options, epoch: 1 } as never)).toThrow(/^epochs: unknown option/);
    expect(() => epochs(step, { batches: options.batches, epochs: 0 } as never)).toThrow(
      /epochs must be a positive/,
    );
  });
});

it('stops after the patience, and prefers the lowest average over the window', () => {
  const scores = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(
      scores,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      (nlls, window, patience) => {
        const judge = assessment(['nll'], { patience, window });
        const { best, stop } = judge(nlls.map((nll) => ({ nll })));
        const means = nlls.map((_, i) => {
          const part = nlls.slice(Math.max(0, i + 1 - window), i + 1);
          return part.reduce((sum, x) => sum + x, 0) / part.length;
        });
        expect(means[best]).toBe(Math.min(...means));
        expect(stop).toBe(nlls.length - 1 - best >= patience);
        const largest = assessment(['nll'], { patience, window, maximize: true })(
          nlls.map((nll) => ({ nll: -nll })),
        );
        expect(largest).toEqual({ best, stop });
      },
    ),
  );
  const judge = assessment(['nll'], { patience: 2, window: 1, minDelta: 0.5 });
  expect(judge([1, 0.6, 0.4].map((nll) => ({ nll })))).toEqual({ best: 2, stop: false });
  expect(judge([1, 0.6, 0.55].map((nll) => ({ nll })))).toEqual({ best: 0, stop: true });
});

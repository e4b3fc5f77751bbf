import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { version } from '../../build/version.ts';
import {
  adam,
  batches,
  bayesian,
  elbo,
  fit,
  gaussian,
  linear,
  pipe,
  random,
  sgd,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import {
  inline,
  type LossJob,
  type LossRequest,
  lossJob,
  type ParallelStepOptions,
  parallelStep,
  type Runner,
  threads,
} from '../../src/parallel/index.ts';
import { type LossParts, valueAndGrad } from '../../src/transforms/index.ts';
import { describeOnBackends, start } from '../support/backends.ts';
import { bundled, type Script } from './support/bundled.ts';
import * as jobs from './support/jobs.ts';
import { bits } from './support/read.ts';

const key = random.key(5);
const optimizer = adam({ learningRate: 0.01 });

let script: Script;
beforeAll(async () => {
  script = await bundled('test/parallel/support/worker.ts', version);
});
afterAll(() => script?.remove());

/** A runner that a step does not know, so it sends tensors with each shard. */
const sending = (): Runner => {
  const { map, close } = inline();
  return { map, close };
};

/** All numbers of a tree. */
const numbers = (given: unknown): readonly number[] => tree.leaves(given).flatMap((x) => [...x.dataSync()]);

const expectClose = (found: unknown, expected: unknown): void => {
  const [a, b] = [numbers(found), numbers(expected)];
  expect(a.length).toBe(b.length);
  // Sums in another order, of terms that cancel in part.
  const scale = Math.max(1, ...b.map(Math.abs));
  a.forEach((each, i) => {
    expect(Math.abs(each - b[i]!)).toBeLessThan(2e-5 * scale);
  });
};

describeOnBackends('a training step that is shared out', () => {
  let data: { readonly inputs: tf.Tensor; readonly targets: tf.Tensor };
  beforeEach(() => {
    data = { inputs: random.normal(key, [7, 3]), targets: random.normal(random.key(1), [7, 2]) };
    return () => tree.dispose(data);
  });
  let [one, two]: Runner[] = [];
  beforeAll(() => {
    [one, two] = [1, 2].map((size) => threads({ size, worker: script.path }));
    return async () => {
      await Promise.all([one!.close(), two!.close()]);
    };
  });

  /** Bits after some steps, and of the parts of the last loss. */
  const trained = async <P, R extends LossParts>(
    of: LossJob<P, typeof data, R>,
    init: (key: random.Key) => P,
    options: ParallelStepOptions,
  ): Promise<unknown> => {
    const step = parallelStep(of, optimizer, options);
    const params = init(key);
    const before = tf.memory().numTensors;
    let state = step.init(params, random.key(2));
    const parts: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const next = await step.update(state, data, { donate: true });
      state = next.state;
      parts.push(bits(next.parts));
    }
    const found = { params: bits(state.params), optimizer: bits(state.optimizer), parts, step: state.step };
    expect(tf.memory().numTensors).toBe(before);
    tree.dispose(params);
    return found;
  };

  it.each<[string, ParallelStepOptions['shards']]>([
    ['samples', { samples: 3 }],
    ['rows', { rows: 3 }],
    ['both', { samples: 2, rows: 2 }],
  ])('has the same bits from this thread, from one and from two, in shards of %s', async (_, shards) => {
    const everywhere = async <P, R extends LossParts>(
      of: LossJob<P, typeof data, R>,
      init: (key: random.Key) => P,
    ): Promise<void> => {
      const expected = await trained(of, init, { shards });
      for (const runner of [sending(), one!, two!])
        expect(await trained(of, init, { shards, runner })).toEqual(expected);
    };
    await everywhere(jobs.sampled, jobs.noisy.init);
    await everywhere(jobs.closed, jobs.noisy.init);
    await everywhere(jobs.ofPair, jobs.pair.init);
  });

  it('has the bits of trainStep in a single shard', async () => {
    const step = trainStep(jobs.closed.loss, optimizer);
    const params = jobs.noisy.init(key);
    let state = step.init(params, random.key(2));
    tree.dispose(params);
    const parts: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const next = step.update(state, data, { donate: true });
      state = next.state;
      parts.push(bits(next.parts));
    }
    const expected = { params: bits(state.params), optimizer: bits(state.optimizer), parts, step: 3 };
    expect(await trained(jobs.closed, jobs.noisy.init, { shards: {} })).toEqual(expected);
  });

  it('gives the gradient of all samples from shards of them', async () => {
    const drawn = fc.record({
      samples: fc.integer({ min: 1, max: 6 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      chunk: fc.integer({ min: 1, max: 6 }),
      isClosed: fc.boolean(),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ samples, part, chunk, isClosed, seed }) => {
        const model = bayesian()(linear(3, 2));
        const terms = isClosed ? withDivergence(model) : withLogProbs(model);
        const loss = pipe(
          terms as ReturnType<
            typeof withLogProbs<ReturnType<typeof model.init>, (x: tf.Tensor) => tf.Tensor>
          >,
          vmapSamples({ samples, chunk }),
          elbo({ likelihood: gaussian({ std: 0.5 }), datasetSize: 40 }),
        );
        const whole = trainStep(loss, sgd({ learningRate: 1 }));
        const shards = { samples: 1 + Math.floor(part * (samples - 1)) };
        const step = parallelStep(lossJob(import.meta.url, 'loss', loss), sgd({ learningRate: 1 }), {
          shards,
        });
        const params = model.init(random.key(seed));
        const state = step.init(params, random.key(seed));
        const [found, expected] = [await step.update(state, data), whole.update(state, data)];
        expect(Object.keys(found.parts)).toEqual(Object.keys(expected.parts));
        expectClose(found.parts, expected.parts);
        expectClose(found.state.params, expected.state.params);
        tree.dispose([params, state, found, expected]);
      }),
      { numRuns: 20 },
    );
  });

  it('counts the divergence once in shards of rows, and rows by their weights', async () => {
    const params = jobs.ordinary.init(key);
    const weights = tf.tensor1d([1, 0, 0, 2.5, 0.5, 3, 0]);
    for (const batch of [data, { ...data, weights }]) {
      const whole = trainStep(jobs.plain.loss, sgd({ learningRate: 1 }));
      const state = whole.init(params, key);
      const expected = whole.update(state, batch);
      for (const rows of [2, 7, 9]) {
        const step = parallelStep(jobs.plain, sgd({ learningRate: 1 }), { shards: { rows } });
        const found = await step.update(state, batch);
        expectClose(found.parts, expected.parts);
        expectClose(found.state.params, expected.state.params);
        tree.dispose(found);
      }
      tree.dispose([state, expected]);
    }
    const noisy = jobs.noisy.init(key);
    const step = parallelStep(jobs.closed, optimizer, { shards: { rows: 3, samples: 2 } });
    const state = step.init(noisy, key);
    const shared = await step.update(state, data);
    const whole = trainStep(jobs.closed.loss, optimizer).update(state, data);
    for (const [name, part] of Object.entries(shared.parts))
      if (name.startsWith('divergence')) expectClose(part, whole.parts[name as 'divergence']);
    tree.dispose([params, weights, noisy, state, shared, whole]);
  });

  it('draws for each shard of the rows by its own key', async () => {
    const params = jobs.noisy.init(key);
    const step = parallelStep(jobs.sampled, sgd({ learningRate: 1 }), { shards: { rows: 2 } });
    const state = step.init(params, random.key(2));
    const found = await step.update(state, data);
    const expected = tf.tidy(() => {
      const noise = random.foldIn(random.key(2), 0);
      const each = [
        [0, 3],
        [3, 4],
      ].map(([start, count], r) => {
        const rows = tree.map((x) => tf.slice(x, start!, count))(data) as typeof data;
        const [parts, gradient] = valueAndGrad(jobs.sampled.loss)(params, random.foldIn(noise, r), rows, 0);
        const { statistics, ...others } = parts;
        return tree.map((x) => tf.mul(x, count! / 7))({ others, gradient, statistics });
      });
      const sum = tree.zipWith((a, b) => tf.add(a, b))<unknown>(each[0]!, each[1]!) as (typeof each)[0];
      const moved = tree.zipWith((x, g) => tf.sub(x, g))(params, sum!.gradient);
      // Statistics are written, not moved.
      const all = tree.map((x, path) => (tree.at(path)(sum!.statistics) as tf.Tensor) ?? x)(moved);
      return { parts: sum!.others, params: all } as never;
    }) as { parts: unknown; params: unknown };
    expectClose(found.parts, expected.parts);
    expectClose(found.state.params, expected.params);
    tree.dispose([params, state, found, expected]);
  });

  it('takes rows of their own for each member of an ensemble', async () => {
    const params = jobs.pair.init(key);
    const rows = { ...tree.map((x) => tf.stack([x, tf.neg(x)]))(data), memberAxis: true };
    const step = parallelStep(jobs.ofPair, optimizer, { shards: { rows: 2, samples: 3 } });
    const state = step.init(params, key);
    const found = await step.update(state, rows);
    expect(numbers(found.parts).every(Number.isFinite)).toBe(true);
    const weighted = { ...rows, weights: tf.ones([2, 7]) };
    await expect(step.update(state, weighted)).rejects.toThrow(
      'parallel.parallelStep: batch.weights must be left out if rows are cut into shards and members have rows',
    );
    tree.dispose([params, weighted, state, found]);
  });

  it('may be asked for two updates at a time', async () => {
    const params = jobs.noisy.init(key);
    const step = parallelStep(jobs.sampled, optimizer, { shards: { samples: 2 }, runner: two! });
    const states = [1, 2].map((seed) => step.init(params, random.key(seed)));
    const one = async (state: (typeof states)[0]): Promise<unknown> => bits(await step.update(state, data));
    // The memory that these leave must not serve two at once.
    const inTurn = [await one(states[0]!), await one(states[1]!)];
    expect(await Promise.all(states.map(one))).toEqual(inTurn);
    tree.dispose([params, states]);
  });

  it('trains in fit as elsewhere, resumes, and stops with its signal', async () => {
    const rows = batches(data, { size: 4 });
    const common = { batches: rows, progress: false, warnings: false } as const;
    const step = parallelStep(jobs.closed, optimizer, { shards: { samples: 2 } });
    const before = tf.memory().numTensors;
    const whole = await fit(step, { ...common, init: jobs.noisy.init, key, epochs: 2 });
    const half = await fit(step, { ...common, init: jobs.noisy.init, key, epochs: 1 });
    const rest = await fit(step, { ...common, state: half, epochs: 2 });
    const controller = new AbortController();
    const stopped = await fit(step, {
      ...common,
      ...{ init: jobs.noisy.init, key, epochs: 2, signal: controller.signal },
      onStep: ({ step: done }) => {
        if (done === 3) controller.abort();
      },
    });
    expect([stopped.aborted, stopped.step]).toEqual([true, 3]);
    const resumed = await fit(step, { ...common, state: stopped, epochs: 2 });
    expect(whole.history).toHaveLength(2);
    const expected = bits(whole.params);
    expect(bits(rest.params)).toEqual(expected);
    expect(bits(resumed.params)).toEqual(expected);
    tree.dispose([whole, half, rest, stopped, resumed].map((each) => [each.params, each.optimizer]));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a shard that fails', () => {
  let params: { w: tf.Tensor };
  beforeAll(() => start('cpu'));
  beforeEach(() => {
    params = { w: tf.scalar(2) };
    return () => tree.dispose(params);
  });

  const steps = (options: Partial<ParallelStepOptions> = {}) =>
    parallelStep(jobs.ailing, optimizer, { shards: { rows: 2 }, ...options });

  it.each<[string, number, boolean, string, string]>([
    ['throws', 2, false, 'Threw', 'shard 1 has failed (Threw): no such row'],
    [
      'ends its thread',
      1,
      true,
      'WorkerDied',
      'shard 1 has failed (WorkerDied): its thread ended with exit code 9',
    ],
  ])('and %s rejects the step, whose state is as before', async (_, first, apart, tag, message) => {
    const runner = threads({ size: 1, worker: script.path });
    onTestFinished(runner.close);
    const step = steps({ ...(apart && { runner }) });
    const state = step.init(params, key);
    const [bad, good] = [{ x: tf.tensor1d([5, 6, first, 7]) }, { x: tf.tensor1d([5, 6, 7, 8]) }];
    const before = tf.memory().numTensors;
    const failed = step.update(state, bad, { donate: true });
    await expect(failed).rejects.toMatchObject({
      message: `parallel.parallelStep: ${message}`,
      cause: { _tag: tag, input: 1, attempts: 1 },
    });
    expect(tf.memory().numTensors).toBe(before);
    const again = await step.update(state, good);
    const expected = await steps().update(state, good);
    expect(bits(again)).toEqual(bits(expected));
    tree.dispose([state, bad, good]);
  });

  it('is reported by fit, which names a loss that is not a number', async () => {
    const x = tf.tensor1d([3, 3, 3, 3]);
    const run = (options: Partial<ParallelStepOptions>) =>
      fit(steps(options), {
        ...{ init: () => ({ w: tf.scalar(2) }), key, epochs: 1, progress: false, warnings: false },
        batches: { length: 1, epoch: () => ({ at: () => ({ x: tf.clone(x) }) }) },
      });
    const before = tf.memory().numTensors;
    await expect(run({})).rejects.toThrow('fit: the loss is NaN at step 1');
    await expect(run({ signal: AbortSignal.abort() })).rejects.toThrow('shard 0 has failed (Aborted)');
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  it('is one that the runner leaves out', async () => {
    const half = {
      ...inline(),
      map: (of, inputs, options) => inline().map(of, inputs.slice(1), options),
    } as Runner;
    const step = steps({ runner: half });
    const state = step.init(params, key);
    const batch = { x: tf.tensor1d([5, 6]) };
    await expect(step.update(state, batch)).rejects.toThrow(
      'parallel.parallelStep: runner must give the outcome of every input, got 1',
    );
    tree.dispose([state, batch]);
  });
});

describe('the memory of a shared step', () => {
  /** Two steps in this thread: their requests, and the bits after them. */
  const seen = async () => {
    await start('cpu');
    const requests: LossRequest<unknown, unknown>[] = [];
    const runner = inline();
    const looking = {
      ...runner,
      map: (of, inputs, options) => {
        requests.push(...(inputs as never[]));
        return runner.map(of, inputs, options);
      },
    } as Runner;
    const step = parallelStep(jobs.plain, optimizer, { shards: { rows: 2 }, runner: looking });
    const params = jobs.ordinary.init(key);
    let state = step.init(params, key);
    const batch = { inputs: tf.ones([4, 3]), targets: tf.ones([4, 2]) };
    for (let i = 0; i < 2; i++) {
      const next = await step.update(state, batch, { donate: true });
      state = next.state;
      tree.dispose(next.parts);
    }
    tree.dispose([params, batch]);
    return { requests, after: bits([state.params, state.optimizer]) };
  };

  it('is shared with jobs that can see it, once for all shards, and used again', async () => {
    const { requests } = await seen();
    const buffers = requests.flatMap(({ gradient }) => gradient!.map(({ buffer }) => buffer));
    expect(new Set(buffers).size).toBe(1);
    expect(buffers[0]).toBeInstanceOf(SharedArrayBuffer);
    expect(requests[0]!.params).toBe(requests[1]!.params);
  });

  it.each([
    ['SharedArrayBuffer', undefined],
    ['crossOriginIsolated', false],
  ])('is sent where it cannot be shared, with the same result: %s is %s', async (name, value) => {
    const { after } = await seen();
    vi.stubGlobal(name, value);
    onTestFinished(() => void vi.unstubAllGlobals());
    const apart = await seen();
    expect(apart.requests.map(({ gradient }) => gradient)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(apart.after).toEqual(after);
  });
});

import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { gaussian, linear, predict, random, tree } from '../../src/index.ts';
import {
  inline,
  job,
  type ParallelPredictOptions,
  parallelPredict,
  predictionJob,
  type Runner,
} from '../../src/parallel/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { model, outputs, outputsFromThree, three } from './support/jobs.ts';
import { bits } from './support/read.ts';

const key = random.key(5);

describeOnBackends('a prediction that is shared out', () => {
  let params: ReturnType<typeof model.init>;
  let [x, scale, y]: tf.Tensor[] = [];
  beforeEach(() => {
    params = model.init(key);
    [x, scale, y] = [random.normal(key, [7, 3]), tf.tensor1d([1, 2]), random.normal(random.key(1), [7, 2])];
    return () => tree.dispose([params, x, scale, y]);
  });

  it.each<[string, object]>([
    ['at its defaults', {}],
    ['in groups of samples', { samples: 5, chunk: 2 }],
    ['in groups that memory allows', { samples: 20, memory: 3000 }],
    ['in groups of rows', { samples: 3, batchSize: 3 }],
    [
      'in groups of both, with all that can be asked for',
      { samples: 5, chunk: 2, batchSize: 4, quantiles: [0.1, 0.5], interval: 0.9, scores: true },
    ],
    ['of data that is marked', { samples: 2, batchSize: 4, data: [true, false] }],
  ])(
    'has the bits of predict, %s',
    async (_, { scores, ...given }: { scores?: boolean; samples?: number }) => {
      const likelihood = gaussian({ std: 0.1 });
      const options = { likelihood, ...given, ...(scores && { logProb: y!, cdf: y! }) };
      // Its default is eight groups, and not as many as memory allows.
      const chunk = Math.ceil((given.samples ?? 100) / 8);
      const groups = 'chunk' in given || 'memory' in given ? {} : { chunk };
      const same = { ...options, ...groups } as { likelihood: typeof likelihood };
      const expected = predict(model, same)(params, key, x!, scale!);
      const before = tf.memory().numTensors;
      const predicted = parallelPredict(outputs, options as { likelihood: typeof likelihood });
      const found = await predicted(params, key, x!, scale!);
      expect(tf.memory().numTensors - before).toBe(new Set(tree.leaves(found)).size);
      expect(Object.keys(found)).toEqual(Object.keys(expected));
      expect(bits(found)).toEqual(bits(expected));
    },
  );

  it('has the bits of predict for an ensemble', async () => {
    const options = { likelihood: gaussian({ std: 0.1 }), samples: 3, chunk: 4, batchSize: 4 };
    const members = three.init(key);
    const expected = bits(predict(three, options)(members, key, x!, scale!));
    expect(bits(await parallelPredict(outputsFromThree, options)(members, key, x!, scale!))).toEqual(
      expected,
    );
    tree.dispose(members);
  });

  it('leaves no tensor where a group fails, the caller stops or the runner is of another kind', async () => {
    const likelihood = gaussian({ std: 0.1 });
    const before = tf.memory().numTensors;
    const run = (options: Partial<ParallelPredictOptions<tf.Tensor, tf.Tensor>>, of = outputs) =>
      parallelPredict(of, { likelihood, samples: 6, chunk: 2, batchSize: 4, ...options })(
        params,
        key,
        x!,
        scale!,
      );
    const failing = {
      ...outputs,
      run: ((request) => {
        if (request.samples.includes(4)) throw new Error('no memory');
        return outputs.run(request, key, {} as never);
      }) satisfies (request: Parameters<typeof outputs.run>[0]) => unknown,
    } as typeof outputs;
    await expect(run({}, failing)).rejects.toMatchObject({
      message: 'parallel.parallelPredict: group 2 has failed (Threw): no memory',
      cause: { _tag: 'Threw', input: 2, attempts: 1 },
    });
    const signal = AbortSignal.abort();
    await expect(run({ signal })).rejects.toThrow('group 0 has failed (Aborted)');
    const half = {
      ...inline(),
      map: (of, inputs, options) => inline().map(of, inputs.slice(0, -1), options),
    } as Runner;
    await expect(run({ runner: half })).rejects.toThrow('runner must give the outcome of every input, got 5');
    const predictive = () => {
      throw new Error('of its own');
    };
    const other = { ...likelihood, predictive } as never;
    await expect(run({ likelihood: other })).rejects.toThrow('of its own');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the arguments of a shared prediction', () => {
  const given = (value: unknown) => value as never;
  const likelihood = gaussian({ std: 1 });
  it.each<[string, () => unknown, string]>([
    [
      'a model',
      () => predictionJob(import.meta.url, 'f', given(linear(1, 1))),
      'parallel.predictionJob: model must be what bayesian() returns',
    ],
    ['a name', () => predictionJob(import.meta.url, '', model), 'job: name must be the name'],
    [
      'a job',
      () => parallelPredict(given(1), given({ likelihood })),
      'parallel.parallelPredict: job must be a job',
    ],
    [
      'a job with a model',
      () => parallelPredict(given(job(import.meta.url, 'f', () => 1)), given({ likelihood })),
      'parallel.parallelPredict: job.model must be what bayesian() returns',
    ],
    [
      'a likelihood',
      () => parallelPredict(outputs, given({})),
      'parallel.parallelPredict: likelihood must be a likelihood',
    ],
    [
      'an option',
      () => parallelPredict(outputs, given({ likelihood, sample: 3 })),
      "parallel.parallelPredict: unknown option 'sample'; did you mean 'samples'?",
    ],
    [
      'samples',
      () => parallelPredict(outputs, { likelihood, samples: 0 }),
      'parallel.parallelPredict: samples must be a positive integer, got 0',
    ],
    [
      'a runner',
      () => parallelPredict(outputs, { likelihood, runner: given(3) }),
      'parallel.parallelPredict: runner must be a runner',
    ],
    [
      'a key',
      () => parallelPredict(outputs, { likelihood })(given(0), given(1), tf.ones([2, 3]), tf.scalar(1)),
      'parallel.parallelPredict: key must be a random key, got 1',
    ],
  ])('are refused, at once, where one is not %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

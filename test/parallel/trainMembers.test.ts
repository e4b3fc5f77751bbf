import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bayesian, ensemble, gaussian, linear, predict, random, tree } from '../../src/index.ts';
import { job, trainMembers } from '../../src/parallel/index.ts';
import { start } from '../support/backends.ts';
import { member } from './support/jobs.ts';
import { bits } from './support/read.ts';

const key = random.key(5);

beforeAll(() => start('cpu'));

describe('trainMembers', () => {
  it('stacks what the members of the ensemble are by the same key', async () => {
    const apart = ensemble({ members: 4 })(bayesian()(linear(3, 2))).init(key);
    const { params, members, failures } = await trainMembers(member, 2, { members: 4, key });
    expect([members, failures]).toEqual([[0, 1, 2, 3], []]);
    expect(bits(params)).toEqual(bits(apart));
  });

  it('keeps the members that were trained, and says why others were not', async () => {
    const odd = job(import.meta.url, 'odd', (_: number, own, { input }) => {
      if (input % 2 === 0) throw new Error('not even');
      return { x: random.normal(own, [2]) };
    });
    const before = tf.memory().numTensors;
    const { params, members, failures } = await trainMembers(odd, 0, { members: 4, key });
    expect(members).toEqual([1, 3]);
    expect(params.x.shape).toEqual([2, 2]);
    expect(failures.map(({ input, message }) => [input, message])).toEqual([
      [0, 'not even'],
      [2, 'not even'],
    ]);
    tree.dispose(params);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('rejects if there is no member, or if they do not fit together, and leaves no tensor', async () => {
    const fails = job(import.meta.url, 'fails', () => {
      throw new Error('no data');
    });
    const differs = job(import.meta.url, 'differs', (_: number, own, { input }) => ({
      x: random.normal(own, [2 + input]),
    }));
    const before = tf.memory().numTensors;
    await expect(trainMembers(fails, 0, { members: 2, key })).rejects.toThrow(
      'parallel.trainMembers: no member was trained: no data',
    );
    await expect(trainMembers(differs, 0, { members: 2, key })).rejects.toThrow(/tree\.stack/);
    await expect(trainMembers(differs, 0, { members: 0, key })).rejects.toThrow(
      'parallel.trainMembers: members must be a positive integer, got 0',
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is what an ensemble predicts with', async () => {
    const { params } = await trainMembers(member, 2, { members: 3, key });
    const model = ensemble({ members: 3 })(bayesian()(linear(3, 2)));
    const x = tf.ones([1, 3]);
    const { mean } = predict(model, { likelihood: gaussian({ std: 0.1 }), samples: 2 })(params, key, x);
    expect(mean.shape).toEqual([1, 2]);
    tree.dispose([params, x]);
  });
});

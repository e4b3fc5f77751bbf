import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import {
  ard,
  bayesian,
  checkpoint,
  laplace,
  linear,
  normal,
  quiet,
  random,
  scaleMixture,
  studentT,
} from 'tfjs-bayesian';
import type { PriorLike } from 'tfjs-bayesian/distributions';
import { beforeAll, describe, expect, test } from 'vitest';
import { joined, readHeader, writeSafetensors } from '../../src/checkpoint/safetensors/safetensors.ts';
import { left, right } from './support/files.ts';
import { optimizer } from './support/models.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const net = linear(2, 1);

const storedState = async (prior: PriorLike): Promise<Uint8Array> => {
  const model = bayesian({ prior })(net);
  const params = model.init(random.key(0));
  const state = { params, optimizer: optimizer.init(params), step: 0, key: random.key(1) };
  return right(await checkpoint.toBytes(model)(state)());
};

describe('training resumes only under its original prior', () => {
  test.each<[string, PriorLike, PriorLike]>([
    ['normal', normal(), normal({ eps: 1e-9 })],
    ['normal', normal(), normal({ normalized: false })],
    ['laplace', laplace(), laplace({ scale: 2 })],
    ['studentT', studentT(), studentT({ degreesOfFreedom: 5 })],
    ['studentT', studentT({ degreesOfFreedom: 1 }), studentT({ degreesOfFreedom: 1, scale: 2 })],
    ['quiet', quiet(), quiet({ stdRatio: 0.5 })],
    ['quiet', quiet(), quiet({ meanMean: 1 })],
    ['ard', ard(), ard({ minStd: 0.1 })],
    [
      'scaleMixture',
      scaleMixture({ weights: [0.25, 0.75], stds: [1, 2] }),
      scaleMixture({ weights: [0.75, 0.25], stds: [1, 2] }),
    ],
    ['normal', normal(), laplace({ scale: Math.SQRT1_2 })],
  ])('%s', async (name, own, other) => {
    const file = await storedState(own);
    const load = (prior: PriorLike) => checkpoint.load(bayesian({ prior })(net), { optimizer })(file)();
    right(await load(own));
    const error = left(await load(other));
    expect(error).toMatchObject({
      _tag: 'Mismatched',
      mismatches: [
        { kind: 'prior', path: 'weight' },
        { kind: 'prior', path: 'bias' },
      ],
    });
    expect(error.message).toContain(`name: ${name}`);
    right(await checkpoint.load(bayesian({ prior: other })(net))(file)());
  });
});

describe('parameters are those of their posterior', () => {
  const makeFile = async (posterior: ReturnType<typeof studentT>) => {
    const model = bayesian({ posterior })(net);
    return right(await checkpoint.toBytes(model)(model.init(random.key(0)))());
  };

  test('of other degrees of freedom are rejected, naming both', async () => {
    const file = await makeFile(studentT({ degreesOfFreedom: 5 }));
    const error = left(await checkpoint.load(bayesian({ posterior: studentT() })(net))(file)());
    expect(error.message.split('\n')[0]).toBe(
      "'weight': a studentT (degreesOfFreedom: 5) posterior in the file, a studentT (degreesOfFreedom: 4) one in the model",
    );
  });

  test('initial values and normalization constants do not matter', async () => {
    const file = await makeFile(studentT({ scale: 0.1 }));
    right(await checkpoint.load(bayesian({ posterior: studentT({ normalized: false }) })(net))(file)());
  });
});

test('unknown settings are rejected, whatever they are', async () => {
  const file = await storedState(normal());
  const { tensors, metadata, start } = right(readHeader(file));
  for (const value of ['{"toString":1}', `${'['.repeat(3000)}${']'.repeat(3000)}`, 'null', '[[1]]', '"x"']) {
    const distribution = `{"name":${value},"mean":${value}}`;
    const strange = joined(
      writeSafetensors(
        tensors.map((each) => ({ ...each, bytes: file.slice(start + each.begin, start + each.end) })),
        {
          ...Object.fromEntries(metadata),
          model: `{"weight":{"posterior":${distribution},"prior":${distribution}}}`,
        },
      ),
    );
    const loaded = await checkpoint.load(bayesian()(net), { optimizer })(strange)();
    expect(E.isLeft(loaded) && loaded.left).toMatchObject({
      _tag: 'Mismatched',
      mismatches: [
        { kind: 'posterior', path: 'weight' },
        { kind: 'prior', path: 'weight' },
      ],
    });
  }
});

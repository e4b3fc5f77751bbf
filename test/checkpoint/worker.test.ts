import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { checkpoint, random, tree } from 'tfjs-bayesian';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBits } from './support/bits.ts';
import { right } from './support/files.ts';
import { data, model, optimizer, step, trained } from './support/models.ts';

/** A thread that gives back what it is sent: it has been through `postMessage` twice. */
const echo = new Worker(
  "require('node:worker_threads').parentPort.on('message', function (m) { this.postMessage(m) })",
  {
    eval: true,
  },
);

const echoed = <A>(message: A, transfer: readonly ArrayBuffer[] = []): Promise<A> =>
  new Promise((resolve, reject) => {
    echo.once('message', resolve);
    echo.once('error', reject);
    echo.postMessage(message, [...transfer]);
  });

beforeAll(() => tf.setBackend('cpu'));
afterAll(() => echo.terminate());

test('a key goes to a worker and back as data', async () => {
  const key = random.foldIn(random.key(2 ** 52 + 1), 9);
  const message = await echoed({ key: random.keyData(key) });
  expect(random.bits(random.fromData(message.key), 100)).toEqual(random.bits(key, 100));
});

test('a training state goes to a worker and back as bytes, and resumes bit for bit', async () => {
  const state = trained();
  const bytes = right(await checkpoint.toBytes(model)(state)());
  const message = await echoed({ bytes }, [bytes.buffer as ArrayBuffer]);
  expect(bytes.length).toBe(0);
  const received = right(await checkpoint.load(model, { optimizer })(message.bytes)());
  const next = (from: typeof state) => {
    const { state: after, parts } = step.update(from, data().epoch(random.key(3), 0).at(2));
    const { key, ...rest } = after;
    return [readBits([rest, parts]), random.keyData(key)];
  };
  expect(next(received as typeof state)).toEqual(next(state));
  tree.dispose([received, state]);
});

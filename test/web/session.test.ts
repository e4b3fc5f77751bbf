import * as tf from '@tensorflow/tfjs-core';
import '../support/backends.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { listBuffers, type Reply, type Request } from '../../web/shared/messages.ts';
import { regressionDefaults } from '../../web/shared/settings.ts';
import { handled, isBusy, paused, type Worker, worked } from '../../web/worker/serve.ts';
import { closed, STEPS } from '../../web/worker/session.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const points = [-1, -0.5, 0.5, 1].map((x) => ({ x, y: Math.sin(x) }));

/** What a worker makes of messages, and all that it replies. */
const after = async (worker: Worker, ...requests: readonly Request[]) => {
  const replies: Reply[] = [];
  let now = worker;
  for (const request of requests) now = await handled(now, request, (reply) => replies.push(reply));
  return { worker: now, replies };
};

const rounds = async (worker: Worker, count: number) => {
  const replies: Reply[] = [];
  let now = worker;
  for (let i = 0; i < count; i++) now = await worked(now, (reply) => replies.push(reply));
  return { worker: now, replies };
};

const task = { settings: regressionDefaults, points };
const begin: Request = { type: 'regression', task };
const run: Request = { type: 'run', panel: 'regression', running: true };
const step = ({ regression }: Worker): number => regression?.state.step ?? Number.NaN;
const end = ({ regression }: Worker): void => {
  if (regression) closed(regression);
};

describe('a worker', () => {
  it('is idle before it is started, and trains while it runs', async () => {
    expect(isBusy({})).toBe(false);
    const { worker, replies } = await after({}, begin);
    expect(isBusy(worker)).toBe(false);
    expect(replies).toMatchObject([{ type: 'regression', progress: { step: 0, running: false } }]);
    const running = await after(worker, run);
    expect(isBusy(running.worker)).toBe(true);
    const later = await rounds(running.worker, 3);
    expect(step(later.worker)).toBeGreaterThanOrEqual(3);
    expect(later.replies).toHaveLength(3);
    expect(isBusy(paused(later.worker))).toBe(false);
    end(later.worker);
  });

  it('holds as many tensors after many steps, other points, settings and units as at the start', async () => {
    const before = tf.memory().numTensors;
    const { worker } = await after({}, begin, run);
    const held = tf.memory().numTensors;
    let now = (await rounds(worker, 10)).worker;
    expect(tf.memory().numTensors).toBe(held);
    for (const change of [
      { temperature: 0.1 },
      { samples: 1 },
      { width: 6 },
      { units: 'tanh' as const },
      { method: 'ivon' as const },
      {},
    ]) {
      const settings = { ...regressionDefaults, ...change };
      now = (await after(now, { type: 'regression', task: { settings, points: points.slice(1) } })).worker;
      now = (await rounds(now, 2)).worker;
    }
    now = (await after(now, { type: 'restart', panel: 'regression' })).worker;
    expect(step(now)).toBe(0);
    expect(tf.memory().numTensors).toBe(held);
    end(now);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps its parameters when points change, and restarts with another network', async () => {
    const { worker } = await after({}, begin, run);
    const trained = (await rounds(worker, 5)).worker;
    const more = [...points, { x: 2, y: 0 }];
    const changed = (await after(trained, { type: 'regression', task: { ...task, points: more } })).worker;
    expect(step(changed)).toBe(step(trained));
    expect(changed.regression?.state).toBe(trained.regression?.state);
    const settings = { ...regressionDefaults, width: 8 };
    const other = (await after(changed, { type: 'regression', task: { settings, points: more } })).worker;
    expect(step(other)).toBe(0);
    expect(isBusy(other)).toBe(true);
    end(other);
  });

  it('pauses after a while, and resumes on request', async () => {
    let { worker } = await after({}, begin, run);
    while (isBusy(worker)) ({ worker } = await rounds(worker, 1));
    expect(step(worker)).toBe(STEPS);
    expect(worker.regression?.running).toBe(false);
    worker = (await after(worker, run)).worker;
    expect(isBusy(worker)).toBe(true);
    end(worker);
  });

  it('shows the prior, and trains nothing, without points', async () => {
    const { worker, replies } = await after({}, { type: 'regression', task: { ...task, points: [] } }, run);
    expect(isBusy(worker)).toBe(false);
    expect(replies.at(-1)).toMatchObject({ progress: { step: 0, loss: undefined } });
    end(worker);
  });

  it('makes data sets from a seed, with as many points held out', async () => {
    const { replies } = await after(
      {},
      { type: 'regressionSet', id: 3, set: 'few', seed: 1 },
      { type: 'classificationSet', id: 4, set: 'moons', seed: 1 },
    );
    expect(replies[0]).toMatchObject({ type: 'regressionSet', id: 3, points: { length: 5 } });
    expect(replies[1]).toMatchObject({ points: { length: 100 }, heldOut: { length: 400 } });
  });
});

describe('listBuffers', () => {
  it('names each buffer of a picture once, so that it can move to the page', async () => {
    const { worker, replies } = await after({}, begin);
    const buffers = listBuffers(replies[0]!);
    expect(new Set(buffers).size).toBe(buffers.length);
    expect(() => structuredClone(replies[0], { transfer: buffers as ArrayBuffer[] })).not.toThrow();
    expect(listBuffers({ type: 'failed', message: 'x' })).toEqual([]);
    end(worker);
  });
});

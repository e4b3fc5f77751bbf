import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it, vi } from 'vitest';
import { plot } from '../../src/index.ts';
import { drawn, marks } from './support/figures.ts';
import { named, readPoints } from './support/xml.ts';

// As on a GPU, where reading a loss waits for the device.
vi.mock('../../src/backend/canReadSync.ts', () => ({ canReadSync: () => false }));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('plot.liveTraining batches reads of losses if reading is slow, and has all of them in the end', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  const data = vi.spyOn(tf.Tensor.prototype, 'data');
  const before = tf.memory().numTensors;
  const live = plot.liveTraining({ place: { innerHTML: '' }, every: 500 });
  for (let step = 1; step <= 100; step++) {
    const loss = tf.scalar(1 / step);
    await live.onStep({ step, parts: { loss } });
    loss.dispose();
    // The first is drawn at once; then so many wait until they are read together.
    expect(data.mock.calls.length).toBe(step <= 64 ? 1 : 65);
    expect(tf.memory().numTensors - before).toBeLessThan(64);
  }
  const root = await drawn(await live.finish());
  expect(readPoints(named(marks(root, 'line')[0]!, 'path')[0]!)).toHaveLength(100);
  expect(tf.memory().numTensors).toBe(before);
  now.mockRestore();
});

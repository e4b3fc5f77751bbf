import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compare } from '../../examples/from-torch-blue/compare.ts';
import '../support/backends.ts';

test('examples/from-torch-blue gives what torch_blue gives', async () => {
  await tf.setBackend('wasm');
  const before = tf.memory().numTensors;
  const { samples, answers, meanNetwork, logProbs } = await compare();
  expect(samples).toBe(2000);
  expect(answers.map(({ label }) => label)).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9, 0, 6]);
  expect(meanNetwork).toBeLessThan(1e-5);
  for (const { ours, theirs } of answers) {
    expect(ours.digit).toBe(theirs.digit);
    const standardError = Math.hypot(ours.spread, theirs.spread) / Math.sqrt(samples);
    expect(Math.abs(ours.probability - theirs.probability)).toBeLessThan(4 * standardError);
  }
  for (const [ours, theirs] of Object.values(logProbs))
    expect(Math.abs(ours / theirs - 1)).toBeLessThan(1e-2);
  expect(tf.memory().numTensors).toBe(before);
});

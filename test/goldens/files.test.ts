import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeOnBackends } from '../support/backends.ts';
import { runGoldens } from './runGoldens.ts';

const data = fileURLToPath(new URL('data', import.meta.url));

describeOnBackends('the golden files', () => {
  it('pass, except those that are excluded on purpose', () => {
    const tensors = tf.memory().numTensors;
    expect(runGoldens(data)).toEqual({
      lines: [
        'skipped 1: norm_first: torch_blue adds the feed-forward block to the normalised input, this library and PyTorch to the input itself',
        'passed 170, failed 0, skipped 1',
      ],
      code: 0,
    });
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

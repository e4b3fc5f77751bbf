// TensorFlow.js by itself: nothing here may import this library, not even through a helper. tfjs-layers registers the
// gradients that tfjs-core leaves out.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, inject, it } from 'vitest';
import { expectOutcome, plainOutcome, runRow } from './outcome.ts';
import { topics } from './topics.ts';

describe.each(inject('backends'))('plain TensorFlow.js on %s behaves as the page says', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  describe.each(topics)('$title', ({ rows }) => {
    const here = rows.filter(({ without }) => without?.[backend] === undefined);
    it.each(here)('$operation', async (row) => {
      expectOutcome(await runRow(row), plainOutcome(row, backend), row.tolerance);
    });
  });
});

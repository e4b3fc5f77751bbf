import '../../src/backend/index.ts';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, inject, it } from 'vitest';
import { expectOutcome, plainOutcome, runRow } from './outcome.ts';
import type { Row } from './row.ts';
import { topics } from './topics.ts';

describe.each(inject('backends'))('with this library on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  const isFixed = ({ fixed = [] }: Row): boolean => fixed.includes(backend);

  describe.each(topics)('$title', ({ rows }) => {
    const tried = rows.filter((row) => isFixed(row) || row.without?.[backend] === undefined);
    it.each(tried)('$operation', async (row) => {
      const expected = isFixed(row) ? row.right : plainOutcome(row, backend);
      expectOutcome(await runRow(row), expected, row.tolerance);
    });
  });
});

import * as tf from '@tensorflow/tfjs-core';
import { tree } from 'tfjs-bayesian';
import { beforeAll, expect, test } from 'vitest';
import { run, settings, table } from '../../examples/last-layer/run.ts';
import { loadDigits } from '../../examples/mnist/data.ts';
import '../support/backends.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

test('a Bayesian last layer tells unseen kinds of digits from seen ones, and is deterministic', async () => {
  const small = { ...settings, hidden: 32, features: 16, epochs: [8, 10], testSamples: 50 } as const;
  const digits = { train: loadDigits('train', 2000), test: loadDigits('t10k', 1000) };
  const before = tf.memory().numTensors;
  const [plain, last] = await run(small, digits, false);
  expect(tf.memory().numTensors).toBe(before);
  expect(last!.accuracy).toBeGreaterThan(0.85);
  expect(last!.accuracy).toBeGreaterThan(plain!.accuracy - 0.02);
  // One network has no epistemic uncertainty: all ties.
  expect(plain!.epistemic).toBe(0.5);
  expect(last!.epistemic).toBeGreaterThan(0.7);
  expect(await run(small, digits, false)).toEqual([plain, last]);
  tree.dispose(digits);
});

test('the table has a line for each network', () => {
  const row = { network: 'plain', accuracy: 0.9, nll: 0.25, total: 0.8, epistemic: 0.5 };
  expect(table([row])).toBe(
    [
      '                     accuracy       NLL  AUROC total  AUROC epistemic',
      'plain                 90.00 %    0.2500        0.800            0.500',
    ].join('\n'),
  );
});

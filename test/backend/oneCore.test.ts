import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import '../../src/backend/index.ts';

it('the gradients of tfjs-core leave one copy of it', () => {
  const required = createRequire(import.meta.url)('@tensorflow/tfjs-core') as typeof tf;
  expect(required.engine()).toBe(tf.engine());
  expect(required.Tensor).toBe(tf.Tensor);
  expect(required.getGradient('Square')).toBe(tf.getGradient('Square'));
});

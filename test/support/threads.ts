import { expect, inject } from 'vitest';

/** Starts wasm before the tests do, with threads that share work of any size. */
const startWithThreads = async (): Promise<void> => {
  await import('@tensorflow/tfjs-backend-wasm');
  const tf = await import('@tensorflow/tfjs-core');
  await import('../../src/backend/index.ts');
  const { loadFor, useThreads } = await import('../../src/kernels/wasm/threads/useThreads.ts');
  const threads = inject('threads');
  if (tf.engine().registry.wasm !== undefined) return;
  await loadFor(threads, async () => {
    await tf.setBackend('wasm');
    await tf.ready();
  });
  const { fewerThreads } = await useThreads(threads, { grain: 0 });
  if (fewerThreads !== undefined) throw new Error(fewerThreads);
};

/** About TensorFlow.js by itself, without this library. */
const plain = 'test/tensorflow/plain.test.ts';

if (inject('kernels') && !expect.getState().testPath?.endsWith(plain)) await startWithThreads();

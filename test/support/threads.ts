import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { inject } from 'vitest';
import '../../src/backend/index.ts';
import { loadFor, useThreads } from '../../src/kernels/wasm/threads/useThreads.ts';

// Starts wasm before the tests do, with threads that share work of any size. A file that has its own modules starts it anew.
const threads = inject('threads');
if (inject('kernels') && tf.engine().registry.wasm === undefined) {
  await loadFor(threads, async () => {
    await tf.setBackend('wasm');
    await tf.ready();
  });
  const { fewerThreads } = await useThreads(threads, { grain: 0 });
  if (fewerThreads !== undefined) throw new Error(fewerThreads);
}

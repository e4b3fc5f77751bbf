import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import * as E from 'fp-ts/lib/Either.js';
import { useBackend } from 'tfjs-bayesian';
import type { BackendChoice, Reply } from '../shared/messages.ts';

const wasmPaths = {
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
};

/** Starts a backend, and reports which one runs or why none does. */
export const tryBackend = async (name: BackendChoice): Promise<Reply> => {
  const started = await useBackend(name, { wasmPaths })();
  if (E.isLeft(started)) return { type: 'failed', message: started.left.message };
  const { adapter, passedOver } = started.right;
  return {
    type: 'backend',
    name: started.right.name,
    adapter: adapter?.description,
    software: adapter?.software ?? false,
    passedOver: passedOver.map(({ message }) => message),
  };
};

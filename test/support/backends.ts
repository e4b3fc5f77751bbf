import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, inject } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';

export type Backend = 'cpu' | 'wasm' | 'webgpu';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The backends of a project of vitest.config.ts. */
    readonly backends: readonly Backend[];
    /** Whether our kernels are on. */
    readonly kernels: boolean;
    /** How many threads wasm has. */
    readonly threads: number;
    /** From what all properties are drawn; null: from something else each time. */
    readonly seed: number | null;
  }
}

/** Whether the suites run on our kernels; KERNELS=off in the environment turns them off. */
export const kernels = inject('kernels');
if (!kernels) useKernels(false);

/** The backends that every suite with tensors runs on in this project. */
export const backends = inject('backends');

/** The one for suites that run on a single backend and take long. */
export const fastest = backends.at(-1)!;

/** As many draws, where the tolerance follows from their number; a tenth of them where a GPU is made of software. */
export const many = (draws: number): number => (fastest === 'webgpu' ? draws / 10 : draws);

/** As many runs of a property; a fifth of them where a GPU is made of software, as `fewerRuns` has it of the default. */
export const runs = (count: number): number => (fastest === 'webgpu' ? Math.ceil(count / 5) : count);

/** Makes a backend the current one. */
export const start = async (backend: Backend): Promise<void> => {
  if (!(await tf.setBackend(backend))) throw new Error(`the ${backend} backend did not start`);
  await tf.ready();
};

/** Starts all backends of this project, for a test that changes between them. */
export const startAll = async (): Promise<void> => {
  for (const backend of backends) await start(backend);
};

/** Runs a suite once for each backend. */
export const describeOnBackends = (name: string, suite: (backend: Backend) => void): void => {
  describe.each(backends)(`${name} on %s`, (backend) => {
    beforeAll(() => start(backend));
    suite(backend);
  });
};

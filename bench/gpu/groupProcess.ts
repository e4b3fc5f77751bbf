// Run by measureGroup.ts with a number of rounds and the names of contenders; its last line is JSON.
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { startBackend, useKernels } from 'tfjs-bayesian';
import type { Contender, Run } from '../contender.ts';
import { roundRobin } from '../roundRobin.ts';
import { gpuContenders } from './contenders.ts';

/** Milliseconds: what takes longer is run once. */
const LONGEST = 5000;

/** Errors of the device, which are no exceptions: running out of memory is one. */
const deviceErrors = (): string[] => {
  const errors: string[] = [];
  const { device } = tf.backend() as unknown as { readonly device: GPUDevice };
  device.addEventListener('uncapturederror', ({ error }) => {
    errors.push(error.message);
  });
  void device.lost.then(({ message }) => {
    errors.push(`the device was lost: ${message}`);
  });
  return errors;
};

const settled = async (run: () => void | Promise<void>): Promise<E.Either<unknown, void>> => {
  try {
    return E.right(await run());
  } catch (error) {
    return E.left(error);
  }
};

/** A contender that fails where the device does; what the device says comes first, since the rest follows from it. */
const guarded =
  (errors: string[]) =>
  (contender: Contender): Contender => ({
    ...contender,
    start: async () => {
      const run: Run = await contender.start();
      return async (last = true) => {
        const outcome = await settled(() => run(last));
        const [error] = last ? errors.splice(0) : [];
        if (error !== undefined) throw new Error(error);
        if (E.isLeft(outcome)) throw outcome.left;
      };
    },
  });

const [rounds = '', ...names] = process.argv.slice(2);
await startBackend('webgpu');
const chosen = names.flatMap((wanted) => gpuContenders.filter(({ name }) => name === wanted));
const measured = await roundRobin(chosen.map(guarded(deviceErrors())), Number(rounds), {
  now: () => performance.now(),
  useKernels,
  longest: LONGEST,
});
// What failed may have left work that the device never ends.
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit(0));

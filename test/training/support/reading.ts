import type { Key } from '../../../src/random/index.ts';
import { openEpoch, type Source } from '../../../src/training/source.ts';

/** All batches of an epoch, from one on. */
export const readAll = async <B>(
  source: Pick<Source<B>, 'length' | 'epoch'>,
  key: Key,
  epoch = 0,
  from = 0,
): Promise<readonly B[]> => {
  const reading = openEpoch(source, key, epoch, from);
  const read: B[] = [];
  try {
    for (;;) {
      const { done, value } = await reading.next();
      if (done) return read;
      read.push(value);
    }
  } finally {
    await reading.close();
  }
};

/** The message of what a promise rejects with. */
export const rejection = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing';
};

/** Lets everything that has been resolved run. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

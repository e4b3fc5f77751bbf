import type { Key } from '../random/index.ts';
import { dispose } from '../tree/index.ts';
import { type EpochReader, openEpoch, type Source } from './source.ts';

/** Where an epoch begins: its number, from 0, the index of its first batch, and how many batches it has. */
export interface EpochStart {
  readonly epoch: number;
  readonly from: number;
  readonly length: number;
}

/** Yields to the event loop, at most every 16 ms. */
const yielder = (): (() => Promise<void>) => {
  const last = { at: performance.now() };
  return async () => {
    if (performance.now() - last.at < 16) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last.at = performance.now();
  };
};

/** A reader that ends when the signal is aborted, whatever it waits for. */
const abortable = <B>(reader: EpochReader<B>, signal: AbortSignal | undefined): EpochReader<B> => {
  if (signal === undefined) return reader;
  const aborted: { end?: () => void } = {};
  const listener = () => {
    void reader.close();
    aborted.end?.();
  };
  signal.addEventListener('abort', listener);
  return {
    next: () =>
      new Promise((resolve, reject) => {
        aborted.end = () => resolve({ done: true, value: undefined });
        reader.next().then(resolve, reject);
      }),
    close: async () => {
      signal.removeEventListener('abort', listener);
      await reader.close();
    },
  };
};

/** Only the end of a stream shows that it has no more rows than it should. */
const assertEnded = async (reading: EpochReader<unknown>, length: number): Promise<void> => {
  const { done, value } = await reading.next();
  if (done) return;
  dispose(value);
  throw new Error(`fit: batches must end after ${length} batches of an epoch, got another`);
};

/**
 * The batches of the epochs of a run, one epoch at a time: as many as planned, or fewer once the signal is aborted. Each is
 * disposed as the next is asked for, and the event loop gets its turn in between.
 *
 * @throws Error when an epoch of the source has more or fewer batches than planned
 * @example
 * const read = epochBatches(source, undefined);
 * for await (const batch of read(key, { epoch: 0, from: 0, length: 3 })) console.log(batchRows(batch));
 */
export const epochBatches = <B>(
  source: Pick<Source<B>, 'length' | 'epoch'>,
  signal: AbortSignal | undefined,
): ((key: Key, start: EpochStart) => AsyncGenerator<B, void, undefined>) => {
  const yieldNow = yielder();
  return async function* (key, { epoch, from, length }) {
    const reading = abortable(openEpoch(source, key, epoch, from), signal);
    try {
      for (let index = from; index < length; index++) {
        if (signal?.aborted) return;
        const { done, value } = await reading.next();
        if (signal?.aborted) return dispose(value);
        if (done) throw new Error(`fit: batches ended after ${index} of the ${length} batches of an epoch`);
        try {
          yield value;
        } finally {
          dispose(value);
        }
        await yieldNow();
      }
      await assertEnded(reading, length);
    } finally {
      await reading.close();
    }
  };
};

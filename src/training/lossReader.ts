import * as tf from '@tensorflow/tfjs-core';
import { canReadSync } from '../backend/canReadSync.ts';
import type { LossParts } from '../transforms/index.ts';
import { dispose, map, tidied } from '../tree/index.ts';
import type { Values } from './progress.ts';

/** The numbers of one step. */
export interface Reading {
  /** The step, from 1. */
  readonly step: number;
  readonly values: Values;
}

/** The results of one step. */
interface Unread {
  readonly step: number;
  readonly parts: Pick<LossParts, 'loss'>;
}

/** How many steps are read together on a GPU. */
const READ_TOGETHER = 16;

/** Reads all numbers of some steps at once, `[steps, parts]`. */
const read = async (unread: readonly Unread[]): Promise<readonly Reading[]> => {
  if (unread.length === 0) return [];
  const names = Object.keys(unread[0]!.parts);
  const numbers = tidied(() =>
    tf.stack(
      unread.flatMap(({ parts }) => {
        const named: Readonly<Record<string, tf.Tensor>> = { ...parts };
        return names.map((name) => tf.cast(named[name]!, 'float32'));
      }),
    ),
  );
  dispose(unread.map(({ parts }) => parts));
  try {
    const values = await numbers.data();
    return unread.map(({ step }, row) => ({
      step,
      values: Object.fromEntries(names.map((name, at) => [name, values[row * names.length + at]!])),
    }));
  } finally {
    numbers.dispose();
  }
};

/** Reads the parts of losses, immediately or later. */
export interface LossReader {
  /** Adds the parts of a step, and returns the readings that have become available, in the order of the steps. */
  readonly note: (step: number, parts: Pick<LossParts, 'loss'>, last: boolean) => Promise<readonly Reading[]>;
  /** Disposes parts that have not been read. */
  readonly dispose: () => void;
}

/**
 * A reader of losses. If tensors are in main memory, each step is read immediately. On a GPU a read waits for the device,
 * which then idles until the next step. There several steps are read together, and awaited once as many more have been
 * queued, so that the device always has work, and never more than that much. The last step waits for everything.
 *
 * @example
 * const { note } = lossReader();
 * for (const { step, values } of await note(1, parts, true)) console.log(step, values.loss);
 */
export const lossReader = (): LossReader => {
  const batchSize = canReadSync() ? 1 : READ_TOGETHER;
  const unread: Unread[] = [];
  const pending: Promise<readonly Reading[]>[] = [];
  const startRead = (): void => {
    const reading = read(unread.splice(0));
    // Awaited later, or never if something else fails first: avoids an unhandled rejection.
    reading.catch(() => {});
    pending.push(reading);
  };
  const known = async (left: number): Promise<readonly Reading[]> =>
    (await Promise.all(pending.splice(0, Math.max(pending.length - left, 0)))).flat();
  return {
    note: async (step, parts, last) => {
      unread.push({ step, parts: map((x: tf.Tensor) => tf.clone(x))(parts) as LossParts });
      if (unread.length < batchSize && !last) return [];
      startRead();
      return known(last || batchSize === 1 ? 0 : 1);
    },
    dispose: () => dispose(unread.splice(0).map(({ parts }) => parts)),
  };
};

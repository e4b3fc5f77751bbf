import { invalidArgument, positiveInteger } from '../check/index.ts';
import type { Key } from '../random/index.ts';
import { dispose } from '../tree/index.ts';

/**
 * The batches of one epoch: by index from 0, or in order. Each is made of new tensors, which the reader disposes.
 */
export type EpochBatches<B> = { readonly at: (index: number) => B } | AsyncIterable<B>;

/**
 * Where training gets its batches: `batches` makes a source of data in memory, `stream` one of anything that can be read in
 * order. A record of your own is a source as well.
 */
export interface Source<B> {
  /** Rows in an epoch. */
  readonly rows: number;
  /** Batches in an epoch; `undefined` until a batch has been read, where only reading shows it. */
  readonly length?: number | undefined;
  /** The batches of one epoch, counted from 0. Equal keys and epochs give equal batches. */
  readonly epoch: (key: Key, epoch: number) => EpochBatches<B>;
}

/** The batches of one epoch, to be read one at a time. */
export interface EpochReader<B> {
  /** The next batch, which the caller disposes. Read until `done`: only then is an epoch known to end where it should. */
  readonly next: () => Promise<IteratorResult<B, undefined>>;
  /** Ends reading early, or does nothing after the last batch. It never rejects, and never waits for a pending read. */
  readonly close: () => Promise<void>;
}

const ended = { done: true, value: undefined } as const;

/**
 * A reader of an iterator. An item that arrives after `close` is disposed, and `next` then reports the end.
 *
 * @example
 * const reader = iteratorReader([1, 2].values());
 * await reader.next(); // { done: false, value: 1 }
 */
export const iteratorReader = <B>(iterator: {
  readonly next: () => IteratorResult<B> | Promise<IteratorResult<B>>;
  readonly return?: () => unknown;
}): EpochReader<B> => {
  const state = { pending: false, done: false, closed: false };
  const read = async (): Promise<IteratorResult<B, undefined>> => {
    if (state.closed || state.done) return ended;
    state.pending = true;
    try {
      const { done, value } = await iterator.next();
      state.done = done === true;
      if (!state.closed && !state.done) return { done: false, value };
      if (!state.done) dispose(value);
      return ended;
    } finally {
      state.pending = false;
    }
  };
  const close = async (): Promise<void> => {
    if (state.closed || state.done) return;
    state.closed = true;
    // What ended the reading matters more than that closing failed.
    const closing = (async () => iterator.return?.())().catch(() => {});
    // A generator only returns after a pending read, which may never settle.
    if (!state.pending) await closing;
  };
  return { next: read, close };
};

const indexedReader = <B>(at: (index: number) => B, length: number, from: number): EpochReader<B> => {
  const place = { index: from };
  return {
    next: async () => {
      if (place.index >= length) return ended;
      const index = place.index++;
      const value = at(index);
      if (value === undefined || value instanceof Promise)
        invalidArgument(`fit: batch ${index} of an epoch`, 'what the loss takes', value);
      return { done: false, value };
    },
    close: async () => {
      place.index = length;
    },
  };
};

/** A reader that skips the first `count` batches. */
const skipping = <B>(reader: EpochReader<B>, count: number): EpochReader<B> => {
  const place = { left: count };
  return {
    next: async () => {
      for (; place.left > 0; place.left--) {
        const { done, value } = await reader.next();
        if (done) return ended;
        dispose(value);
      }
      return reader.next();
    },
    close: reader.close,
  };
};

/**
 * Opens an epoch of a source at the batch `from`: by index, or by reading and disposing the batches before it.
 *
 * @param name the option that holds the source, for messages
 * @throws Error if `epoch` returns neither `{ at }` nor an async iterable, or a source of batches by index has no length
 * @example
 * const reading = openEpoch(source, key, 0, 0);
 * try {
 *   for (let { done, value } = await reading.next(); !done; { done, value } = await reading.next()) {
 *     tree.dispose(value);
 *   }
 * } finally {
 *   await reading.close();
 * }
 */
export const openEpoch = <B>(
  source: Pick<Source<B>, 'length' | 'epoch'>,
  key: Key,
  epoch: number,
  from: number,
  name = 'batches',
): EpochReader<B> => {
  const opened: unknown = source.epoch(key, epoch);
  if (typeof opened === 'object' && opened !== null) {
    const { at } = opened as { readonly at?: unknown };
    if (typeof at === 'function') {
      const length = positiveInteger(`fit: ${name}.length`, source.length);
      return indexedReader((index) => at.call(opened, index) as B, length, from);
    }
    if (Symbol.asyncIterator in opened)
      return skipping(iteratorReader((opened as AsyncIterable<B>)[Symbol.asyncIterator]()), from);
  }
  return invalidArgument(
    `fit: result of ${name}.epoch`,
    'a record with at(index), which returns a batch, or an async iterable of batches',
    opened,
  );
};

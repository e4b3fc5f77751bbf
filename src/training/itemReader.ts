import { invalidArgument } from '../check/index.ts';
import { type EpochReader, iteratorReader } from './source.ts';

/**
 * What can be read in order: an array, a generator, any iterable or async iterable, a web `ReadableStream`, a Node stream in
 * object mode, or a dataset of `tf.data`.
 */
export type Items<T> =
  | Iterable<T>
  | AsyncIterable<T>
  | {
      readonly getReader: () => {
        readonly read: () => Promise<{ readonly done: boolean; readonly value?: T | undefined }>;
        readonly cancel: () => Promise<unknown>;
      };
    }
  | { readonly iterator: () => Promise<{ readonly next: () => Promise<IteratorResult<T, unknown>> }> };

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const method = (value: object, name: PropertyKey): ((...args: readonly unknown[]) => unknown) | undefined => {
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'function' ? found.bind(value) : undefined;
};

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** The iterator of what `make` returned. */
const openIterator = async (items: unknown): Promise<AnyIterator> => {
  if (isObject(items)) {
    const webReader = method(items, 'getReader')?.() as ReadableStreamDefaultReader<unknown> | undefined;
    if (webReader !== undefined) {
      return {
        next: () => webReader.read() as Promise<IteratorResult<unknown>>,
        // Unlike the stream's own iterator, this does not wait for a pending read.
        return: async () => {
          await webReader.cancel();
          return { done: true, value: undefined };
        },
      };
    }
    const iterator = (method(items, Symbol.asyncIterator) ?? method(items, Symbol.iterator))?.() as
      | AnyIterator
      | undefined;
    const destroy = method(items, 'destroy');
    if (iterator !== undefined && destroy !== undefined) {
      return {
        next: async () => iterator.next(),
        // A Node stream: its iterator would wait for a pending read too.
        return: async () => {
          destroy();
          return { done: true, value: undefined };
        },
      };
    }
    if (iterator !== undefined) return iterator;
    const opened: unknown = await method(items, 'iterator')?.();
    if (isObject(opened) && method(opened, 'next') !== undefined) return opened as AnyIterator;
  }
  return invalidArgument(
    'stream: result of make',
    'an iterable or async iterable, a ReadableStream or a tf.data dataset',
    items,
  );
};

/**
 * A reader of what `make` returns or promises; `make` runs on the first read.
 *
 * @throws Error, when read, if that cannot be read in order
 * @example
 * const reader = itemReader(() => [1, 2]);
 * await reader.next(); // { done: false, value: 1 }
 */
export const itemReader = (make: () => unknown): EpochReader<unknown> => {
  const state: { opening?: Promise<AnyIterator>; iterator?: AnyIterator } = {};
  const open = async (): Promise<AnyIterator> => {
    state.iterator = await openIterator(await make());
    return state.iterator;
  };
  const first = async (): Promise<IteratorResult<unknown>> => {
    state.opening ??= open();
    return (await state.opening).next();
  };
  return iteratorReader({
    // Once it is open, rows are read without a promise of ours for each.
    next: () => (state.iterator === undefined ? first() : state.iterator.next()),
    return: async () => {
      const iterator = await state.opening;
      await iterator?.return?.();
      return { done: true, value: undefined };
    },
  });
};

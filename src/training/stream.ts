import type { Tensor } from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveInteger,
  sameShape,
} from '../check/index.ts';
import { bits, foldIn, type Key, split } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { dispose, entries, isNode, isTensor, type Path } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { type Items, itemReader } from './itemReader.ts';
import type { EpochReader, Source } from './source.ts';
import { type RowForm, rowForm, rowLeaves, type Stacked, stackRows } from './stackRows.ts';

/** Options of `stream`. */
export interface StreamOptions {
  /** Rows in an epoch. */
  readonly rows: number;
  /** Rows in a batch, for a stream of rows; the last batch of an epoch has the remaining ones. Without it, the stream is of batches. */
  readonly size?: number;
  /**
   * Rows held to shuffle a stream of rows: each row of a batch is drawn from that many, and replaced by the next of the
   * stream. Default none: the stream's own order.
   */
  readonly shuffle?: number;
  /** Batches read ahead while a step runs; default 2. */
  readonly prefetch?: number;
}

const optionNames: OptionNames<StreamOptions> = { rows: true, size: true, shuffle: true, prefetch: true };

type Make<T> = (key: Key, epoch: number) => Items<T> | Promise<Items<T>>;

/** The tensors that a stream owns, between their arrival and the batch that takes them on. */
interface Held {
  /** Owns a tree of tensors; disposes it where all have been. */
  readonly add: (tree: unknown) => void;
  readonly release: (tree: unknown) => void;
  /** Disposes everything, and whatever is added later. */
  readonly dispose: () => void;
}

const holding = (): Held => {
  const all = new Set<unknown>();
  const state = { disposed: false };
  return {
    add: (tree) => {
      if (state.disposed) dispose(tree);
      else all.add(tree);
    },
    release: (tree) => {
      all.delete(tree);
    },
    dispose: () => {
      state.disposed = true;
      for (const tree of all) dispose(tree);
      all.clear();
    },
  };
};

/** The structure of a batch: its tensors without the axis of rows. */
type BatchForm = readonly {
  readonly path: Path;
  readonly shape: readonly number[];
  readonly dtype: Tensor['dtype'];
}[];

/** What the first batch or row of a stream shows of all others, also of later epochs. */
interface Learned {
  size?: number;
  batch?: BatchForm;
  row?: RowForm;
}

/** Where a batch or row stands in a stream. */
interface Place {
  readonly rows: number;
  readonly epoch: number;
}

const tooLong = ({ rows, epoch }: Place): never => {
  throw new Error(`stream: epoch ${epoch} must end after ${rows} rows, got more`);
};

const tooShort = (got: number, { rows, epoch }: Place): never => {
  throw new Error(`stream: epoch ${epoch} ended after ${got} of ${rows} rows`);
};

/** The rows of a batch, if it has the form of those before; with the form that it has. */
const checkBatch = (
  batch: unknown,
  name: string,
  known: BatchForm | undefined,
): { readonly rows: number; readonly form: BatchForm } => {
  const all = isNode(batch) && !Array.isArray(batch) ? entries(batch) : [];
  const [first] = all;
  if (first === undefined)
    return invalidArgument(
      `stream: ${name}`,
      'a batch, { inputs, targets } of tensors with rows on the first axis',
      batch,
      'a stream of rows needs a size, the rows in a batch',
    );
  const rows = first.tensor.shape[0] ?? 0;
  const partName = (path: Path) => `stream: ${pathName(path)} of ${name}`;
  for (const { path, tensor } of all) {
    if (tensor.isDisposed)
      invalidArgument(
        partName(path),
        'a tensor that is not disposed',
        tensor,
        'make must return new tensors in each epoch',
      );
    if (tensor.shape[0] !== rows || rows === 0)
      invalidArgument(
        partName(path),
        rows === 0
          ? 'a tensor with at least one row'
          : `a tensor of ${rows} rows like ${pathName(first.path)}`,
        tensor,
      );
  }
  const form = all.map(({ path, tensor: { shape, dtype } }) => ({ path, shape: shape.slice(1), dtype }));
  if (known === undefined) return { rows, form };
  const names = (of: BatchForm) => of.map(({ path }) => pathName(path)).join(', ');
  if (names(form) !== names(known))
    invalidArgument(`stream: ${name}`, `of tensors [${names(known)}], as before`, batch);
  known.forEach(({ path, shape, dtype }, index) => {
    const { tensor } = all[index]!;
    if (!sameShape(shape, tensor.shape.slice(1)) || dtype !== tensor.dtype)
      invalidArgument(
        partName(path),
        `a ${dtype} tensor of shape [${[rows, ...shape].join(', ')}], as before`,
        tensor,
      );
  });
  return { rows, form: known };
};

/** Reads and checks batches. */
const batchesIn = (
  items: EpochReader<unknown>,
  place: Place,
  learned: Learned,
  held: Held,
): (() => Promise<unknown>) => {
  const state = { index: 0, rows: 0 };
  return async () => {
    const { done, value } = await items.next();
    if (done) return state.rows < place.rows ? tooShort(state.rows, place) : undefined;
    held.add(value);
    if (state.rows === place.rows) tooLong(place);
    const name = `batch ${state.index} of epoch ${place.epoch}`;
    const { rows, form } = checkBatch(value, name, learned.batch);
    const left = place.rows - state.rows;
    const expected = Math.min(learned.size ?? rows, left);
    if (rows > left)
      invalidArgument(`stream: rows of ${name}`, `${expected}, the last of ${place.rows}`, rows);
    if (rows !== expected) {
      const next = await items.next();
      if (next.done) tooShort(state.rows + rows, place);
      held.add(next.value);
      invalidArgument(`stream: rows of ${name}`, `${expected}, as in the first batch`, rows);
    }
    learned.batch = form;
    learned.size ??= rows;
    state.index += 1;
    state.rows += rows;
    return value;
  };
};

/** Integers below a bound that changes from draw to draw, by scaling 32 random bits. */
const indexDraws = (key: Key): ((bound: number) => number) => {
  const block = 1024;
  const state = { drawn: 0, bits: bits(key, 0) };
  return (bound) => {
    const at = state.drawn % block;
    if (at === 0) state.bits = bits(foldIn(key, state.drawn / block), block);
    state.drawn += 1;
    return Math.floor((state.bits[at]! / 2 ** 32) * bound);
  };
};

/** Reads rows, shuffles them in a buffer if there is one, and stacks them to batches. */
const stackedRows = (
  items: EpochReader<unknown>,
  place: Place,
  {
    size,
    shuffle = 1,
    key,
  }: { readonly size: number; readonly shuffle: number | undefined; readonly key: Key },
  learned: Learned,
  held: Held,
): (() => Promise<unknown>) => {
  const state = { read: 0, given: 0, done: false };
  const buffer: (readonly unknown[])[] = [];
  const draw = indexDraws(key);
  const read = async (): Promise<void> => {
    const { done, value } = await items.next();
    if (done) {
      state.done = true;
      if (state.read < place.rows) tooShort(state.read, place);
      return;
    }
    const name = `row ${state.read} of epoch ${place.epoch}`;
    const isKept = typeof value === 'object';
    if (isKept) held.add(value);
    if (state.read === place.rows) tooLong(place);
    learned.row ??= rowForm(value, name);
    const leaves = rowLeaves(learned.row, value, name);
    // From here on the leaves stand for the row: most are numbers alone, which nobody has to dispose.
    if (isKept) held.release(value);
    if (leaves.some(isTensor)) held.add(leaves);
    buffer.push(leaves);
    state.read += 1;
  };
  const take = (): readonly unknown[] => {
    const index = shuffle > 1 ? draw(buffer.length) : 0;
    const row = buffer[index]!;
    const last = buffer.pop()!;
    if (index < buffer.length) buffer[index] = last;
    return row;
  };
  return async () => {
    const count = Math.min(size, place.rows - state.given);
    if (count === 0) {
      if (!state.done) await read();
      return undefined;
    }
    const rows: (readonly unknown[])[] = [];
    while (rows.length < count) {
      while (!state.done && buffer.length < shuffle) await read();
      rows.push(take());
    }
    const batch = stackRows(learned.row!, rows);
    for (const row of rows) held.release(row);
    held.add(batch);
    state.given += count;
    return batch;
  };
};

const ended = { done: true, value: undefined } as const;

/** The batches of an epoch, up to `count` of them read ahead, one after another. */
const readingAhead = <B>(
  read: () => Promise<unknown>,
  count: number,
  held: Held,
  closeItems: () => Promise<void>,
): AsyncIterator<B, undefined> => {
  const state: { closed: boolean; last: Promise<unknown> } = { closed: false, last: Promise.resolve() };
  const due: Promise<unknown>[] = [];
  const readOne = (): void => {
    const batch = state.last.then(read);
    // Awaited when the batch is due, or never if reading stops before: avoids an unhandled rejection.
    batch.catch(() => {});
    state.last = batch;
    due.push(batch);
  };
  const close = async (): Promise<void> => {
    state.closed = true;
    held.dispose();
    await closeItems();
  };
  return {
    next: async () => {
      if (state.closed) return ended;
      while (due.length <= count) readOne();
      try {
        const batch = await due.shift();
        if (state.closed || batch === undefined) return ended;
        held.release(batch);
        return { done: false, value: batch as B };
      } catch (error) {
        if (state.closed) return ended;
        await close();
        throw error;
      }
    },
    return: async () => {
      await close();
      return ended;
    },
  };
};

const checkedOptions = (make: unknown, options: StreamOptions): StreamOptions => {
  const { rows, size, shuffle, prefetch = 2 } = knownOptions('stream', options, optionNames);
  if (typeof make !== 'function')
    invalidArgument('stream: make', 'a function of (key, epoch) that returns what to read', make);
  positiveInteger('stream: rows', rows);
  if (size !== undefined) positiveInteger('stream: size', size);
  if (shuffle !== undefined) positiveInteger('stream: shuffle', shuffle);
  if (shuffle !== undefined && size === undefined)
    invalidArgument(
      'stream: shuffle',
      'left out in a stream of batches',
      shuffle,
      'a stream of rows has a size',
    );
  if (!(Number.isSafeInteger(prefetch) && prefetch >= 0))
    invalidArgument('stream: prefetch', 'a non-negative integer', prefetch);
  return options;
};

/**
 * A source of data that is read in order, such as a file larger than memory. `make(key, epoch)` opens it for an epoch,
 * counted from 0, and returns or promises what to read; the key is that epoch's own. With a `size`, what is read are rows,
 * which are stacked to batches; otherwise batches, all of as many rows as the first except the last.
 *
 * A batch is a tree of tensors with rows on the first axis, such as `{ inputs, targets }`, with `weights` or a `mask` if
 * they are wanted. A row is the same without that axis. Its leaves are tensors, numbers (float32), booleans, lists of
 * these, or typed arrays (those of integers up to 32 bits become int32). A list with other leaves than numbers is a tuple
 * of the network's arguments. Labels for `categorical` are numbers.
 *
 * Batches and rows belong to the stream, which disposes the tensors of rows, and of everything it has read ahead when
 * reading stops. So `make` returns new tensors each time. A resumed run reads and disposes the batches that it has already
 * seen, which are the same if equal keys and epochs make equal streams.
 *
 * @throws Error for an option out of range; while reading, for an item that is not a batch or row, another structure, shape
 * or dtype than before, and an epoch that has fewer or more rows than `rows`; errors of `make` and of what it returns are
 * passed on
 * @example
 * const source = stream(
 *   async function* () {
 *     for (let row = 0; row < 200; row++)
 *       yield { inputs: [row / 200, 1], targets: row % 2 };
 *   },
 *   { rows: 200, size: 32, shuffle: 100 },
 * );
 */
export function stream<R>(
  make: Make<R>,
  options: StreamOptions & { readonly size: number },
): Source<Stacked<R>>;
export function stream<B>(make: Make<B>, options: StreamOptions & { readonly size?: undefined }): Source<B>;
export function stream(make: Make<unknown>, options: StreamOptions): Source<unknown> {
  const { rows, size, shuffle, prefetch = 2 } = checkedOptions(make, options);
  const learned: Learned = size === undefined ? {} : { size };
  return {
    rows,
    get length() {
      return learned.size === undefined ? undefined : Math.ceil(rows / learned.size);
    },
    epoch: (key, epoch) => {
      const [makeKey, shuffleKey] = split(foldIn(checkKey('stream: key', key), epoch)) as [Key, Key];
      return {
        [Symbol.asyncIterator]: () => {
          const items = itemReader(() => make(makeKey, epoch));
          const held = holding();
          const place = { rows, epoch };
          const read =
            size === undefined
              ? batchesIn(items, place, learned, held)
              : stackedRows(items, place, { size, shuffle, key: shuffleKey }, learned, held);
          return readingAhead(read, prefetch, held, items.close);
        },
      };
    },
  };
}

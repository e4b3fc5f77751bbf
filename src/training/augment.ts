import { invalidArgument } from '../check/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { at, dispose, isNode, leaves, tidied } from '../tree/index.ts';
import type { Batches } from './batches.ts';
import { type EpochBatches, iteratorReader, type Source } from './source.ts';

/** Folded into the key of an epoch's order, so that the noise of an augmentation does not depend on the order. */
const AUGMENT = 0xfffffffe;

/** A source whose batches are changed. */
interface Augmented {
  /** How many functions change its batches: each has keys of its own. */
  readonly augmentations: number;
}

const augmentationCount = (source: Partial<Augmented>): number => source.augmentations ?? 0;

/** A batch without its mark would pass, in silence, for one that all members of an ensemble share. */
const withMemberAxis = <B, C>(before: B, after: C): C =>
  at(['memberAxis'])(before) === true && isNode(after) && !Array.isArray(after) && !('memberAxis' in after)
    ? { ...after, memberAxis: true }
    : after;

/** Applies the function; the tensors of the batch that the result does not contain are disposed. */
const applied = <B, C>(f: (key: Key, batch: B) => C, key: Key, batch: B): C => {
  const own = leaves(batch);
  let kept: ReadonlySet<unknown> = new Set();
  try {
    const result = tidied(() => f(key, batch));
    const made = leaves(result);
    if (made.length === 0) invalidArgument('augment: result of f', 'a batch of tensors', result);
    kept = new Set(made);
    return withMemberAxis(batch, result);
  } finally {
    dispose(own.filter((tensor) => !kept.has(tensor)));
  }
};

const augmented = <B, C>(
  f: (key: Key, batch: B) => C,
  batches: EpochBatches<B>,
  batchKey: (index: number) => Key,
): EpochBatches<C> => {
  if ('at' in batches) return { at: (index) => applied(f, batchKey(index), batches.at(index)) };
  return {
    [Symbol.asyncIterator]: () => {
      const reader = iteratorReader(batches[Symbol.asyncIterator]());
      const place = { index: 0 };
      return {
        next: async () => {
          const { done, value } = await reader.next();
          return done ? { done, value } : { done: false, value: applied(f, batchKey(place.index++), value) };
        },
        return: async () => {
          await reader.close();
          return { done: true, value: undefined };
        },
      };
    },
  };
};

/** A source of batches `C` that is by index if `S` is. */
type AugmentedSource<S, C> = S extends Batches<unknown> ? Batches<C> : Source<C>;

/**
 * Changes every batch of a source by a pure function of a key and the batch: flips, crops, noise, mixup. The key of a batch
 * is a function of the epoch and its index, so a resumed run sees the same batches as an uninterrupted one. The function's
 * intermediates are disposed, and so are the tensors of the batch that its result does not contain. A batch with a
 * `memberAxis`, of which the function sees all members, keeps that mark.
 *
 * @throws Error if `f` is not a function; while reading, if it does not return tensors. Errors of `f` are passed on
 * @example
 * const source = pipe(
 *   batches({ inputs: images, targets: labels }, { size: 64 }),
 *   augment((key, { inputs, targets }: { inputs: tf.Tensor; targets: tf.Tensor }) => ({
 *     inputs: tf.add(inputs, tf.mul(0.1, random.normal(key, inputs.shape))),
 *     targets,
 *   })),
 * );
 */
export const augment = <B, C>(
  f: (key: Key, batch: B) => C,
): (<S extends Source<B>>(source: S) => AugmentedSource<S, C>) => {
  if (typeof f !== 'function') invalidArgument('augment: f', 'a function of (key, batch)', f);
  const change = (source: Source<B>): Source<C> & Augmented => {
    if (typeof source?.epoch !== 'function')
      invalidArgument('augment: source', 'what batches() or stream() returns', source);
    const augmentations = augmentationCount(source as Partial<Augmented>) + 1;
    return {
      rows: source.rows,
      get length() {
        return source.length;
      },
      augmentations,
      epoch: (key, epoch) => {
        const noise = foldIn(foldIn(foldIn(key, AUGMENT), augmentations), epoch);
        return augmented(f, source.epoch(key, epoch), (index) => foldIn(noise, index));
      },
    };
  };
  return <S extends Source<B>>(source: S) => change(source) as AugmentedSource<S, C>;
};

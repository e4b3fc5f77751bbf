import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type CheckpointError, invalid } from './error.ts';
import { HEAD } from './recognize.ts';
import type { Declared, Header } from './safetensors/header.ts';
import { LONGEST_HEADER, openHeader, type ValidatedHeader } from './safetensors/safetensors.ts';
import { mayBeIndex, readShardIndex, type ShardIndex } from './safetensors/shardIndex.ts';
import { beside, type Opened, type Source, withSource } from './source.ts';
import { inFull } from './sparse.ts';

/** The bytes of tensors by name. */
export type Data = ReadonlyMap<string, Uint8Array>;

/** An open checkpoint, in one or several files. */
export interface Contents extends Header {
  /** Reads the tensors that have one of these names. */
  readonly read: (names: ReadonlySet<string>) => TE.TaskEither<CheckpointError, Data>;
}

const sliceTensors = (tensors: readonly Declared[], data: Uint8Array, first: number): Data =>
  new Map(tensors.map(({ name, begin, end }) => [name, data.subarray(begin - first, end - first)]));

/** The bytes of all tensors of a file in memory. */
export const dataIn = ({ tensors, start }: ValidatedHeader, bytes: Uint8Array): Data =>
  sliceTensors(tensors, bytes.subarray(start), 0);

/** Reads tensors at once, from the first wanted one to the last. */
const readFrom =
  ({ read }: Opened, { tensors, start }: ValidatedHeader): Contents['read'] =>
  (names) => {
    const wanted = tensors.filter(({ name }) => names.has(name));
    if (wanted.length === 0) return TE.right(new Map());
    const begin = wanted.reduce((least, tensor) => Math.min(least, tensor.begin), Number.POSITIVE_INFINITY);
    const end = wanted.reduce((most, tensor) => Math.max(most, tensor.end), 0);
    return pipe(
      read(start + begin, start + end),
      TE.map((data) => sliceTensors(wanted, data, begin)),
    );
  };

const openContents = (file: Opened): TE.TaskEither<CheckpointError, Contents> =>
  pipe(
    openHeader(file),
    TE.map((header) => ({
      tensors: header.tensors,
      metadata: header.metadata,
      read: readFrom(file, header),
    })),
  );

/** An open file of a sharded checkpoint. */
interface Shard {
  readonly name: string;
  readonly contents: Contents;
}

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(' and ');

/** The first difference between the index and the shards. */
const indexMismatch = (
  { shardByTensor }: ShardIndex,
  shards: readonly Shard[],
): CheckpointError | undefined => {
  const found = new Map<string, readonly string[]>();
  for (const { name: shard, contents } of shards) {
    for (const { name } of contents.tensors) found.set(name, [...(found.get(name) ?? []), shard]);
  }
  for (const [tensor, holders] of found) {
    if (holders.length > 1) return invalid('index', `it is in two shards, ${quoted(holders)}`, tensor);
    if (!shardByTensor.has(tensor)) {
      return invalid('index', `it is in the shard ${quoted(holders)}, but not in the index`, tensor);
    }
  }
  for (const [tensor, shard] of shardByTensor) {
    const holders = found.get(tensor) ?? [];
    if (holders.includes(shard)) continue;
    const instead = holders.length === 0 ? '' : `, but in ${quoted(holders)}`;
    return invalid('index', `it is not in its shard '${shard}'${instead}`, tensor);
  }
  return undefined;
};

/** The metadata of this library, which must be the same in all shards. */
const ownMetadata = ['format', 'version', 'structure', 'model', 'sparse'];

const mergedMetadata = (
  index: ShardIndex,
  shards: readonly Shard[],
): E.Either<CheckpointError, ReadonlyMap<string, string>> => {
  const metadata = new Map(index.metadata);
  for (const { name: shard, contents } of shards) {
    for (const [name, note] of contents.metadata) {
      const before = metadata.get(name);
      if (before === undefined) metadata.set(name, note);
      else if (before !== note && ownMetadata.includes(name)) {
        return E.left(invalid('metadata', `the shard '${shard}' differs from earlier ones in '${name}'`));
      }
    }
  }
  return E.right(metadata);
};

const combined =
  (index: ShardIndex) =>
  (shards: readonly Shard[]): E.Either<CheckpointError, Contents> => {
    const error = indexMismatch(index, shards);
    if (error !== undefined) return E.left(error);
    return pipe(
      mergedMetadata(index, shards),
      E.map((metadata) => ({
        tensors: shards.flatMap(({ contents }) => contents.tensors),
        metadata,
        read: (names) =>
          pipe(
            shards,
            TE.traverseSeqArray(({ contents }) => contents.read(names)),
            TE.map((read) => new Map(read.flatMap((data) => [...data]))),
          ),
      })),
    );
  };

const namingShard =
  (name: string) =>
  (error: CheckpointError): CheckpointError => ({
    ...error,
    message: `the shard '${name}': ${error.message}`,
  });

type Use<A> = (contents: Contents) => TE.TaskEither<CheckpointError, A>;

/** Opens each shard beside an index, uses them together, and closes them. The source must have neighbours. */
const withShards =
  (source: Source, index: ShardIndex) =>
  <A>(use: Use<A>): TE.TaskEither<CheckpointError, A> => {
    const next = (opened: readonly Shard[]): TE.TaskEither<CheckpointError, A> => {
      const name = index.shards[opened.length];
      if (name === undefined) {
        return pipe(TE.fromEither(combined(index)(opened)), TE.chainEitherK(inFull), TE.chain(use));
      }
      // A failure further in is not this shard's: it comes back as a value.
      const inner: TE.TaskEither<CheckpointError, E.Either<CheckpointError, A>> = withSource(
        beside(source, name) ?? source,
      )((file) =>
        pipe(
          openContents(file),
          TE.chain((contents) => TE.fromTask(next([...opened, { name, contents }]))),
        ),
      );
      return pipe(inner, TE.mapLeft(namingShard(name)), TE.chain(TE.fromEither));
    };
    return next([]);
  };

/** The index in a file; `undefined` for every other file, and for a source without neighbours. */
const indexIn = (
  source: Source,
  { length, read }: Opened,
): TE.TaskEither<CheckpointError, ShardIndex | undefined> =>
  pipe(
    read(0, Math.min(HEAD, length)),
    TE.chain((head) =>
      mayBeIndex(head) && beside(source, 'shard') !== undefined && length <= LONGEST_HEADER
        ? pipe(
            read(0, length),
            TE.map((bytes) => readShardIndex(new TextDecoder().decode(bytes))),
            TE.chain((index) => (index === undefined ? TE.right(undefined) : TE.fromEither(index))),
          )
        : TE.right(undefined),
    ),
  );

/**
 * Opens a safetensors file, or the index of a sharded checkpoint with all files beside it, and closes them after use. Sparse
 * variables appear in full.
 *
 * @throws Error if the source cannot be opened as such
 */
export const withContents =
  (source: Source) =>
  <A>(use: Use<A>): TE.TaskEither<CheckpointError, A> =>
    withSource(source)((file) =>
      pipe(
        indexIn(source, file),
        TE.chain((index) =>
          index === undefined
            ? pipe(openContents(file), TE.chainEitherK(inFull), TE.chain(use))
            : withShards(source, index)(use),
        ),
      ),
    );

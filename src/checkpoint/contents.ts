import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type CheckpointError, invalid } from './error.ts';
import { HEAD } from './recognize.ts';
import type { Declared, Header } from './safetensors/header.ts';
import { LONGEST_HEADER, openHeader, type Proved } from './safetensors/safetensors.ts';
import { mayBeIndex, readShardIndex, type ShardIndex } from './safetensors/shardIndex.ts';
import { beside, type Opened, type Source, withSource } from './source.ts';

/** The bytes of tensors by their names. */
export type Data = ReadonlyMap<string, Uint8Array>;

/** A checkpoint that is open, in one file or in several. */
export interface Contents extends Header {
  /** Reads the tensors that have one of these names. */
  readonly read: (names: ReadonlySet<string>) => TE.TaskEither<CheckpointError, Data>;
}

const bytesOf = (tensors: readonly Declared[], data: Uint8Array, first: number): Data =>
  new Map(tensors.map(({ name, begin, end }) => [name, data.subarray(begin - first, end - first)]));

/** The bytes of all tensors of a file that is at hand. */
export const dataIn = ({ tensors, start }: Proved, bytes: Uint8Array): Data =>
  bytesOf(tensors, bytes.subarray(start), 0);

/** The tensors of a file in one reading, from the first that is wanted to the last. */
const readFrom =
  ({ read }: Opened, { tensors, start }: Proved): Contents['read'] =>
  (names) => {
    const wanted = tensors.filter(({ name }) => names.has(name));
    if (wanted.length === 0) return TE.right(new Map());
    const begin = wanted.reduce((least, tensor) => Math.min(least, tensor.begin), Number.POSITIVE_INFINITY);
    const end = wanted.reduce((most, tensor) => Math.max(most, tensor.end), 0);
    return pipe(
      read(start + begin, start + end),
      TE.map((data) => bytesOf(wanted, data, begin)),
    );
  };

const contentsOf = (file: Opened): TE.TaskEither<CheckpointError, Contents> =>
  pipe(
    openHeader(file),
    TE.map((header) => ({
      tensors: header.tensors,
      metadata: header.metadata,
      read: readFrom(file, header),
    })),
  );

/** A file of a sharded checkpoint, open. */
interface Shard {
  readonly name: string;
  readonly contents: Contents;
}

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(' and ');

/** Where the shards are not what the index says of them. */
const misplaced = ({ shardOf }: ShardIndex, shards: readonly Shard[]): CheckpointError | undefined => {
  const found = new Map<string, readonly string[]>();
  for (const { name: shard, contents } of shards) {
    for (const { name } of contents.tensors) found.set(name, [...(found.get(name) ?? []), shard]);
  }
  for (const [tensor, holders] of found) {
    if (holders.length > 1) return invalid('index', `it is in two shards, ${quoted(holders)}`, tensor);
    if (!shardOf.has(tensor)) {
      return invalid('index', `it is in the shard ${quoted(holders)}, but not in the index`, tensor);
    }
  }
  for (const [tensor, shard] of shardOf) {
    const holders = found.get(tensor) ?? [];
    if (holders.includes(shard)) continue;
    const instead = holders.length === 0 ? '' : `, but in ${quoted(holders)}`;
    return invalid('index', `it is not in its shard '${shard}'${instead}`, tensor);
  }
  return undefined;
};

/** What a checkpoint of ours records, which must be the same in all of its shards. */
const OURS = ['format', 'version', 'structure', 'model'];

const merged = (
  index: ShardIndex,
  shards: readonly Shard[],
): E.Either<CheckpointError, ReadonlyMap<string, string>> => {
  const metadata = new Map(index.metadata);
  for (const { name: shard, contents } of shards) {
    for (const [name, note] of contents.metadata) {
      const before = metadata.get(name);
      if (before === undefined) metadata.set(name, note);
      else if (before !== note && OURS.includes(name)) {
        return E.left(invalid('metadata', `the shard '${shard}' has another '${name}' than those before it`));
      }
    }
  }
  return E.right(metadata);
};

const together =
  (index: ShardIndex) =>
  (shards: readonly Shard[]): E.Either<CheckpointError, Contents> => {
    const error = misplaced(index, shards);
    if (error !== undefined) return E.left(error);
    return pipe(
      merged(index, shards),
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

const ofShard =
  (name: string) =>
  (error: CheckpointError): CheckpointError => ({
    ...error,
    message: `the shard '${name}': ${error.message}`,
  });

type Use<A> = (contents: Contents) => TE.TaskEither<CheckpointError, A>;

/** Opens each shard beside an index, which must have neighbours, uses them together, and closes them. */
const withShards =
  (source: Source, index: ShardIndex) =>
  <A>(use: Use<A>): TE.TaskEither<CheckpointError, A> => {
    const next = (opened: readonly Shard[]): TE.TaskEither<CheckpointError, A> => {
      const name = index.shards[opened.length];
      if (name === undefined) return pipe(TE.fromEither(together(index)(opened)), TE.chain(use));
      // What fails further in is no fault of this shard: it comes back as a value.
      const inner: TE.TaskEither<CheckpointError, E.Either<CheckpointError, A>> = withSource(
        beside(source, name) ?? source,
      )((file) =>
        pipe(
          contentsOf(file),
          TE.chain((contents) => TE.fromTask(next([...opened, { name, contents }]))),
        ),
      );
      return pipe(inner, TE.mapLeft(ofShard(name)), TE.chain(TE.fromEither));
    };
    return next([]);
  };

/** The index that a file is; `undefined` for every other file, and where nothing can be beside it. */
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
 * Opens a safetensors file, or the index of a sharded checkpoint with all the files beside it, and closes them when they
 * have been used.
 *
 * @throws Error if the source is nothing that can be opened
 */
export const withContents =
  (source: Source) =>
  <A>(use: Use<A>): TE.TaskEither<CheckpointError, A> =>
    withSource(source)((file) =>
      pipe(
        indexIn(source, file),
        TE.chain((index) =>
          index === undefined ? pipe(contentsOf(file), TE.chain(use)) : withShards(source, index)(use),
        ),
      ),
    );

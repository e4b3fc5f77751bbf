import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { thrownMessage } from '../../check/index.ts';
import { type CheckpointError, invalid } from '../error.ts';
import { type Json, type Members, strictJson } from './strictJson.ts';

/** The index of a sharded checkpoint. */
export interface ShardIndex {
  /** The file beside the index that holds each tensor. */
  readonly shardByTensor: ReadonlyMap<string, string>;
  /** The distinct files. */
  readonly shards: readonly string[];
  /** Its metadata: strings and numbers, such as the `total_size` of all tensors in bytes. */
  readonly metadata: ReadonlyMap<string, string>;
}

const isMembers = (json: Json | undefined): json is Members =>
  typeof json === 'object' && '_tag' in json && json._tag === 'Members';

const findMember = ({ members }: Members, name: string): Json | undefined =>
  members.find(([each]) => each === name)?.[1];

/** Whether a name stays in the folder of the index, on any system. */
const isPlainName = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !/[/\\:]|\p{Cc}|\p{Cs}/u.test(name);

const fault = (message: string, tensor?: string): E.Either<CheckpointError, never> =>
  E.left(invalid('index', message, tensor));

const shardsIn = (map: Members): E.Either<CheckpointError, ReadonlyMap<string, string>> => {
  const shardByTensor = new Map<string, string>();
  for (const [tensor, shard] of map.members) {
    if (typeof shard !== 'string') return fault('the weight_map must give the name of a file for it', tensor);
    if (!isPlainName(shard)) {
      return fault(`the weight_map must give the name of a file beside the index, not '${shard}'`, tensor);
    }
    if (shardByTensor.has(tensor)) return fault('the weight_map has the name twice', tensor);
    shardByTensor.set(tensor, shard);
  }
  return E.right(shardByTensor);
};

const notesIn = (json: Json | undefined): ReadonlyMap<string, string> =>
  new Map(
    isMembers(json)
      ? json.members.flatMap(([name, note]) =>
          typeof note === 'string' || typeof note === 'number' ? [[name, String(note)] as const] : [],
        )
      : [],
  );

/** Whether the first bytes of a file may be those of an index: JSON, where a safetensors file starts with a length. */
export const mayBeIndex = (head: Uint8Array): boolean => {
  const text = new TextDecoder().decode(head.subarray(0, 64)).trimStart();
  return text.startsWith('{') && !head.subarray(0, 8).includes(0);
};

/**
 * The index of a sharded checkpoint, such as Hugging Face's `model.safetensors.index.json`; `undefined` for other JSON.
 *
 * @example
 * readShardIndex('{"weight_map": {"a": "model-00001-of-00002.safetensors"}}');
 */
export const readShardIndex = (text: string): E.Either<CheckpointError, ShardIndex> | undefined => {
  if (!text.includes('"weight_map"')) return undefined;
  return pipe(
    E.tryCatch(
      () => strictJson(text),
      (error) => invalid('index', `the index is not JSON: ${thrownMessage(error)}`),
    ),
    E.chain((json) => {
      const map = isMembers(json) ? findMember(json, 'weight_map') : undefined;
      return isMembers(json) && isMembers(map)
        ? E.right([json, map] as const)
        : fault('the weight_map of the index must map names of tensors to names of files');
    }),
    E.chain(([json, map]) =>
      pipe(
        shardsIn(map),
        E.map((shardByTensor) => ({
          shardByTensor,
          shards: [...new Set(shardByTensor.values())],
          metadata: notesIn(findMember(json, 'metadata')),
        })),
      ),
    ),
  );
};

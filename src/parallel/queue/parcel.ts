import * as E from 'fp-ts/lib/Either.js';
import { positiveInteger } from '../../check/index.ts';
import type { Encoded } from '../encode.ts';
import { openFolder } from '../folder.ts';
import { packed, unpacked } from '../packed.ts';

/** An encoded value on its way: itself in base64, or the name of its file in the folder. */
export type Parcel = { readonly base64: string } | { readonly file: string };

/** The largest value that goes through Redis unless the options say otherwise, in bytes. */
export const REDIS_LIMIT = 1_000_000;

/** What an attempt sends: `before` is the scratch that it starts with, and `scratch` the one that it saves. */
const allParts = ['config', 'before', 'scratch', 'progress', 'result'] as const;

type Part = (typeof allParts)[number];

/** Sends values through Redis, or through a folder if they are large. */
export interface Parcels {
  /** Rejects a value that is too large without a folder; `what` names it, and `id` the attempt. */
  readonly wrap: (what: string, id: string, part: Part, value: Encoded) => Promise<Parcel>;
  /** Rejects what is damaged, or not there. */
  readonly unwrap: (what: string, parcel: unknown) => Promise<Encoded>;
  readonly remove: (parcel: unknown) => Promise<void>;
  /** Removes what may have been wrapped for an attempt, on either side: all of it, or some parts. */
  readonly removeAll: (id: string, parts?: readonly Part[]) => Promise<void>;
}

const fileOf = (id: string, part: string): string => `${id}.${part}.safetensors`;

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/**
 * The way that values go, for the function `fn`. A parcel that was received names a file of this folder, or is refused.
 *
 * @throws Error if the folder is not a path or URL, or the limit not a number of bytes
 * @example
 * const { wrap, unwrap } = parcels('parallel.queue', '/mnt/results', 1_000_000);
 */
export const parcels = (fn: string, folder: string | URL | undefined, limit: number): Parcels => {
  const files = folder === undefined ? undefined : openFolder(fn, folder);
  positiveInteger(`${fn}: redisLimit`, limit);
  const bytesIn = async (what: string, parcel: unknown): Promise<Uint8Array> => {
    const { base64, file } = record(parcel);
    if (typeof base64 === 'string') return new Uint8Array(Buffer.from(base64, 'base64'));
    if (typeof file !== 'string' || !/^[\w-][\w.-]*$/.test(file)) throw new Error(`${what} is not a value`);
    if (files === undefined)
      throw new Error(`${what} is in a file, ${file}, so folder must be given here too`);
    const bytes = await files.read(file);
    if (bytes === undefined)
      throw new Error(
        `${what} is not in ${files.place(file)}: the folders of queue and worker must be the same`,
      );
    return bytes;
  };
  return {
    wrap: async (what, id, part, value) => {
      const bytes = packed(value);
      if (bytes.length <= limit) return { base64: Buffer.from(bytes).toString('base64') };
      if (files === undefined)
        throw new Error(
          `${what} has ${bytes.length} bytes, and more than ${limit} need a folder: pass the same one to queue and worker`,
        );
      const file = fileOf(id, part);
      await files.write(file, bytes);
      return { file };
    },
    unwrap: async (what, parcel) => {
      const read = unpacked(await bytesIn(what, parcel));
      if (E.isRight(read)) return read.right.encoded;
      throw new Error(`${what} is damaged: ${read.left}`);
    },
    remove: async (parcel) => {
      const { file } = record(parcel);
      if (typeof file === 'string') await files?.remove(file);
    },
    removeAll: async (id, parts = allParts) => {
      await Promise.all(parts.map((part) => files?.remove(fileOf(id, part))));
    },
  };
};

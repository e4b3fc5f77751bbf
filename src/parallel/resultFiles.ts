import * as E from 'fp-ts/lib/Either.js';
import { thrownMessage } from '../check/index.ts';
import { thisBuild } from './build.ts';
import type { Encoded } from './encode.ts';
import { openFolder } from './folder.ts';
import { packed, unpacked } from './packed.ts';
import type { JobFailure } from './runner.ts';

/** A result in a folder. */
export interface Stored {
  readonly value: Encoded;
  readonly log: readonly string[];
  readonly fingerprint: string;
  /** The build that it was computed on. */
  readonly build: string;
}

/** A failure in a folder. */
export interface StoredFailure {
  readonly failure: Omit<JobFailure, 'input'>;
  readonly fingerprint: string;
}

/** A folder with a file for each result. */
export interface ResultFiles {
  /** The path of an input's result. */
  readonly place: (input: number) => string;
  /** The result of an input, if there is one; Left if its file is damaged. */
  readonly read: (input: number) => Promise<E.Either<string, Stored | undefined>>;
  readonly write: (
    input: number,
    fingerprint: string,
    log: readonly string[],
    value: Encoded,
  ) => Promise<void>;
  readonly readFailure: (input: number) => Promise<StoredFailure | undefined>;
  readonly writeFailure: (input: number, stored: StoredFailure) => Promise<void>;
  /** What an unfinished attempt at this task saved. */
  readonly readScratch: (input: number, fingerprint: string) => Promise<Encoded | undefined>;
  readonly writeScratch: (input: number, fingerprint: string, value: Encoded) => Promise<void>;
  /** Removes what is of no more use once there is a result. */
  readonly tidy: (input: number) => Promise<void>;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const strings = (json: string | undefined): readonly string[] => {
  const parsed: unknown = json === undefined ? [] : JSON.parse(json);
  return Array.isArray(parsed) ? parsed.map(String) : [];
};

/**
 * The results in a folder, for the function `fn`; each file is written whole or not at all.
 *
 * @throws Error if the folder is not a path or URL, or a path outside Node
 * @example
 * const { read } = resultFiles('parallel.collect', 'results');
 */
export const resultFiles = (fn: string, folder: string | URL): ResultFiles => {
  const { place, read, write, remove } = openFolder(fn, folder);
  const name = (input: number, kind: string): string => `${input}.${kind}`;
  const [result, scratch, failed] = ['safetensors', 'partial.safetensors', 'failed.json'] as const;
  return {
    place: (input) => place(name(input, result)),
    read: async (input) => {
      const bytes = await read(name(input, result));
      if (bytes === undefined) return E.right(undefined);
      const parts = unpacked(bytes);
      if (E.isLeft(parts)) return parts;
      const { encoded, metadata } = parts.right;
      const [fingerprint = '', build = ''] = [metadata.get('fingerprint'), metadata.get('build')];
      return E.right({ value: encoded, log: strings(metadata.get('log')), fingerprint, build });
    },
    write: (input, fingerprint, log, value) =>
      write(
        name(input, result),
        packed(value, { fingerprint, build: thisBuild(), log: JSON.stringify(log) }),
      ),
    readFailure: async (input) => {
      const bytes = await read(name(input, failed));
      try {
        return bytes && (JSON.parse(text(bytes)) as StoredFailure);
      } catch (error) {
        const failure = { _tag: 'Missing', attempts: 0, log: [], message: thrownMessage(error) } as const;
        return { fingerprint: '', failure };
      }
    },
    writeFailure: (input, stored) =>
      write(name(input, failed), new TextEncoder().encode(`${JSON.stringify(stored, null, 2)}\n`)),
    readScratch: async (input, fingerprint) => {
      const bytes = await read(name(input, scratch));
      const parts = bytes && unpacked(bytes);
      return parts !== undefined &&
        E.isRight(parts) &&
        parts.right.metadata.get('fingerprint') === fingerprint
        ? parts.right.encoded
        : undefined;
    },
    writeScratch: (input, fingerprint, value) => write(name(input, scratch), packed(value, { fingerprint })),
    tidy: async (input) => {
      for (const kind of [scratch, failed]) await remove(name(input, kind));
    },
  };
};

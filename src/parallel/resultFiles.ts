import * as E from 'fp-ts/lib/Either.js';
import { invalidArgument, thrownMessage } from '../check/index.ts';
import { type Node, node, writerTo } from '../files/index.ts';
import { thisBuild } from './build.ts';
import type { Encoded } from './encode.ts';
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

/** A file's bytes, or `undefined` if there is none. */
const readIfThere = async ({ files }: Node, path: string): Promise<Uint8Array | undefined> => {
  try {
    return await files.readFile(path);
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * The results in a folder, for the function `fn`; each file is written whole or not at all.
 *
 * @throws Error if the folder is not a path or `file:` URL, or where there are no files
 * @example
 * const { read } = resultFiles('parallel.collect', 'results');
 */
export const resultFiles = (fn: string, folder: string | URL): ResultFiles => {
  const isPath = (typeof folder === 'string' && folder !== '') || folder instanceof URL;
  if (!isPath) return invalidArgument(`${fn}: folder`, 'a path or a file: URL', folder);
  const system = node();
  if (system === undefined) throw new Error(`${fn}: only Node has folders`);
  const root = system.path.resolve(folder instanceof URL ? system.url.fileURLToPath(folder) : folder);
  const at = (input: number, kind: string): string => system.path.join(root, `${input}.${kind}`);
  const [result, scratch, failed] = ['safetensors', 'partial.safetensors', 'failed.json'] as const;
  const write = async (path: string, bytes: Uint8Array): Promise<void> => {
    await system.files.mkdir(root, { recursive: true });
    await writerTo(`${fn}: folder`, path, 'application/octet-stream').write([bytes]);
  };
  return {
    place: (input) => at(input, result),
    read: async (input) => {
      const bytes = await readIfThere(system, at(input, result));
      if (bytes === undefined) return E.right(undefined);
      const read = unpacked(bytes);
      if (E.isLeft(read)) return read;
      const { encoded, metadata } = read.right;
      const [fingerprint = '', build = ''] = [metadata.get('fingerprint'), metadata.get('build')];
      return E.right({ value: encoded, log: strings(metadata.get('log')), fingerprint, build });
    },
    write: (input, fingerprint, log, value) =>
      write(at(input, result), packed(value, { fingerprint, build: thisBuild(), log: JSON.stringify(log) })),
    readFailure: async (input) => {
      const bytes = await readIfThere(system, at(input, failed));
      try {
        return bytes && (JSON.parse(text(bytes)) as StoredFailure);
      } catch (error) {
        const failure = { _tag: 'Missing', attempts: 0, log: [], message: thrownMessage(error) } as const;
        return { fingerprint: '', failure };
      }
    },
    writeFailure: (input, stored) =>
      write(at(input, failed), new TextEncoder().encode(`${JSON.stringify(stored, null, 2)}\n`)),
    readScratch: async (input, fingerprint) => {
      const bytes = await readIfThere(system, at(input, scratch));
      const read = bytes && unpacked(bytes);
      return read !== undefined && E.isRight(read) && read.right.metadata.get('fingerprint') === fingerprint
        ? read.right.encoded
        : undefined;
    },
    writeScratch: (input, fingerprint, value) => write(at(input, scratch), packed(value, { fingerprint })),
    tidy: async (input) => {
      for (const kind of [scratch, failed]) await system.files.rm(at(input, kind), { force: true });
    },
  };
};

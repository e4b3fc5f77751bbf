import type * as fs from 'node:fs';
import type * as files from 'node:fs/promises';
import type * as path from 'node:path';
import type * as url from 'node:url';

/** What there is of Node. */
export interface Node {
  readonly files: typeof files;
  readonly fs: typeof fs;
  readonly path: typeof path;
  readonly url: typeof url;
}

/** A module of Node, in a way that bundlers for browsers do not follow; `undefined` elsewhere. */
const builtin = (name: string): unknown =>
  typeof process === 'undefined' ? undefined : process.getBuiltinModule?.(name);

/** Node's file system, and its paths; `undefined` where there is none, as in a browser. */
export const node = (): Node | undefined => {
  const [files, fs, path, url] = ['node:fs/promises', 'node:fs', 'node:path', 'node:url'].map(builtin);
  return files === undefined ? undefined : ({ files, fs, path, url } as Node);
};

import type * as fs from 'node:fs';
import type * as files from 'node:fs/promises';
import type * as path from 'node:path';
import type * as url from 'node:url';

/** Node's modules that this folder uses. */
export interface Node {
  readonly files: typeof files;
  readonly fs: typeof fs;
  readonly path: typeof path;
  readonly url: typeof url;
}

/** A built-in module of Node, loaded so that bundlers do not follow it; `undefined` outside Node. */
const builtin = (name: string): unknown =>
  typeof process === 'undefined' ? undefined : process.getBuiltinModule?.(name);

/** Node's file system and path modules; `undefined` where there are none, as in a browser. */
export const node = (): Node | undefined => {
  const [files, fs, path, url] = ['node:fs/promises', 'node:fs', 'node:path', 'node:url'].map(builtin);
  return files === undefined ? undefined : ({ files, fs, path, url } as Node);
};

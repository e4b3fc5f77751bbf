import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { complain, runProgram } from '../../examples/commandLine.ts';
import { idxBytes } from '../../examples/idx.ts';

const folder = mkdtempSync(join(tmpdir(), 'idx-'));
const argv = [...process.argv];
afterEach(() => {
  vi.restoreAllMocks();
  process.argv = [...argv];
  process.exitCode = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

const said = () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  return () => ({ error: error.mock.calls.flat(), log: log.mock.calls.flat() });
};

describe('a program', () => {
  const program = {
    name: 'some',
    help: 'what it does',
    parse: ([word]: readonly string[]) =>
      word === 'wrong' ? E.left('a wrong word') : E.right({ help: word === '--help', word }),
    run: async ({ word }: { readonly word: string | undefined }) => {
      if (word === 'missing') complain('there is no such file');
      if (word === 'bug') throw new Error('a bug');
      return word === 'fails' ? 1 : 0;
    },
  };

  test.each([
    ['fine', 0, { error: [], log: [] }],
    ['fails', 1, { error: [], log: [] }],
    ['--help', 0, { error: [], log: ['what it does'] }],
    ['wrong', 2, { error: ['some: a wrong word'], log: [] }],
    ['missing', 2, { error: ['some: there is no such file'], log: [] }],
  ])('that is given %s ends with %s', async (word, code, lines) => {
    const output = said();
    expect(await runProgram(program, [word])).toBe(code);
    expect(output()).toEqual(lines);
  });

  test('does not hide its own errors', async () => {
    await expect(runProgram(program, ['bug'])).rejects.toThrow('a bug');
  });
});

describe('idxBytes', () => {
  const written = (name: string, bytes: readonly number[], pack = false): string => {
    const file = join(folder, name);
    writeFileSync(pack ? `${file}.gz` : file, pack ? gzipSync(Buffer.from(bytes)) : Buffer.from(bytes));
    return file;
  };
  const images = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 5, 6, 7, 8];

  test('reads what follows the header, packed or not', () => {
    expect([...idxBytes(written('images', images), [2, 2])]).toEqual([5, 6, 7, 8]);
    expect([...idxBytes(written('packed', images, true), [2, 2])]).toEqual([5, 6, 7, 8]);
    expect([...idxBytes(written('labels', [0, 0, 8, 1, 0, 0, 0, 2, 3, 4]), [])]).toEqual([3, 4]);
  });

  test.each<[name: string, bytes: readonly number[]]>([
    ['nothing', []],
    ['a number too few', images.slice(0, -1)],
    ['a number too many', [...images, 9]],
    ['integers of 32 bits', images.map((byte, at) => (at === 2 ? 12 : byte))],
    ['labels', [0, 0, 8, 1, 0, 0, 0, 2, 3, 4]],
    ['another size', images.map((byte, at) => (at === 11 ? 4 : at === 15 ? 1 : byte))],
  ])('refuses %s', (name, bytes) => {
    const file = written(name, bytes);
    expect(() => idxBytes(file, [2, 2])).toThrow(`${file} is not a whole idx file of bytes, 2 x 2 each`);
  });

  test('rejects missing and unreadable files by name', () => {
    const missing = join(folder, 'missing');
    expect(() => idxBytes(missing, [], ': look elsewhere')).toThrow(
      `there is no ${missing}, gzipped or not: look elsewhere`,
    );
    writeFileSync(join(folder, 'page.gz'), '<!doctype html>');
    expect(() => idxBytes(join(folder, 'page'), [])).toThrow(
      /cannot be read: .*page: incorrect header check/,
    );
    expect(() => idxBytes(folder, [])).toThrow(/cannot be read: .*EISDIR/);
  });
});

describe('an example reports user errors in one line, and exits with 2:', () => {
  const names =
    'cars, figures, from-torch-blue, last-layer, lenet, mnist, posteriors, resume, sequence, stream, sweep';
  test.each([
    [
      'lenet --data nowhere --dataset fashion',
      `lenet: there is no ${join('nowhere', 'train-images-idx3-ubyte')}, gzipped or not`,
    ],
    ['lenet --dataset cifar', "lenet: --dataset must be mnist or fashion, got 'cifar'"],
    ['mnist --epochs none', "mnist: --epochs must be an integer from 1 to 10000, got 'none'"],
    ['sequence --epochs 3', "sequence: Unknown option '--epochs'"],
    ['resume twice', "resume: Unexpected argument 'twice'"],
    [
      'from-torch-blue --backend gpu',
      "from-torch-blue: --backend must be webgpu, wasm, cpu or auto, got 'gpu'",
    ],
    ['figures --backend cpu', "figures: Unknown option '--backend'"],
    ['nowhere', `example: there is no example 'nowhere'; there are ${names}`],
    ['', `example: name one; there are ${names}`],
  ])('%s', async (line, message) => {
    const output = said();
    process.argv = ['node', 'examples/main.ts', ...(line === '' ? [] : line.split(' '))];
    vi.resetModules();
    await import('../../examples/main.ts');
    expect(process.exitCode).toBe(2);
    expect(output().error).toEqual([message]);
  });
});

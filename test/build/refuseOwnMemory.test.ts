import { inflateRawSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import { describe, expect, it } from 'vitest';
import { compileKernels } from '../../build/compileKernels.ts';
import { refuseOwnMemory } from '../../build/refuseOwnMemory.ts';
import { edited } from '../../src/kernels/wasm/edits.ts';

const compile = async (source: string, ...more: readonly string[]): Promise<Uint8Array> => {
  let binary: Uint8Array | undefined;
  const { error } = await asc.main(
    ['entry.ts', '-o', 'out.wasm', '--runtime', 'stub', '--importMemory', '--noExportMemory', ...more],
    {
      readFile: (name) => (name === 'entry.ts' ? source : null),
      writeFile: (_, contents) => {
        binary = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || binary === undefined) throw error ?? new Error('nothing was written');
  return binary;
};

describe('the check that the kernels own no memory', () => {
  it('accepts the kernels of the library, of both builds', async () => {
    const { plain, relaxed } = await compileKernels();
    const text = inflateRawSync(Buffer.from(plain, 'base64')).toString('latin1');
    for (const binary of [text, edited(text, relaxed)])
      expect(() => refuseOwnMemory(Buffer.from(binary, 'latin1'))).not.toThrow();
  });

  it.each<[what: string, source: string, says: RegExp]>([
    [
      'a static array',
      'const a: StaticArray<i32> = [1, 2]; export function f(i: i32): i32 { return a[i]; }',
      /data/,
    ],
    ['a variable', 'let n = 0; export function f(): i32 { return ++n; }', /global/],
    ['an exception', "export function f(): void { throw new Error('no'); }", /data|env\.abort/],
    [
      'a function as a value',
      'function a(): i32 { return 1; } function b(): i32 { return 2; } ' +
        'export function f(i: i32): i32 { const g = i ? a : b; return g(); }',
      /table.*data/,
    ],
  ])('refuses %s', async (_, source, says) => {
    const binary = await compile(source, '--noAssert', '-O3');
    expect(() => refuseOwnMemory(binary)).toThrow(says);
  });

  it('rejects a module with its own memory', async () => {
    const none = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    expect(() => refuseOwnMemory(none)).toThrow(/env\.memory alone, not nothing/);
    expect(() => refuseOwnMemory(new Uint8Array([...none, 5, 3, 1, 0, 1]))).toThrow(/memory/);
  });
});

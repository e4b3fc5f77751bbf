import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import type { Binaries, Simd } from '../src/kernels/wasm/simd.ts';
import { cached, readIfThere } from './cached.ts';
import { edits } from './edits.ts';
import { refuseOwnMemory } from './refuseOwnMemory.ts';

const folder = 'src/kernels/wasm/assembly';

const options = [
  ...['-O3', '--converge', '--noAssert', '--uncheckedBehavior', 'always'],
  ...['--runtime', 'stub', '--importMemory', '--noExportMemory', '--initialMemory', '1'],
];

/** The features of WebAssembly that a build may use. */
const features: Readonly<Record<Simd, readonly string[]>> = {
  plain: ['--enable', 'simd'],
  relaxed: ['--enable', 'simd,relaxed-simd'],
};

const compiled = async (root: string, simd: Simd): Promise<Uint8Array> => {
  const { default: asc } = await import('assemblyscript/asc');
  const written: Uint8Array[] = [];
  const entry = join(folder, 'index.ts');
  const { error, stderr } = await asc.main(
    [entry, '--outFile', 'kernels.wasm', ...options, ...features[simd]],
    {
      // The compiler adds the extension, which our imports have already.
      readFile: (name, base) =>
        readIfThere(join(root, base, name.replace(/\.ts\.ts$/, '.ts')))?.toString() ?? null,
      writeFile: (_, contents) => {
        written.push(contents as Uint8Array);
      },
      listFiles: () => [],
    },
  );
  const [binary] = written;
  if (error !== null || binary === undefined)
    throw new Error(`${folder} does not compile\n${stderr.toString()}`);
  refuseOwnMemory(binary);
  return binary;
};

/** The module of a build. */
const built = async (root: string, simd: Simd): Promise<Buffer> => {
  const version = createRequire(join(root, 'package.json'))('assemblyscript/package.json') as object;
  const settings = JSON.stringify([options, features[simd], version]);
  return Buffer.from(
    await cached(root, `kernels-${simd}.wasm`, folder, settings, () => compiled(root, simd)),
  );
};

/**
 * Compiles the kernels of src/kernels/wasm/assembly, without relaxed SIMD and with it, or takes them from the cache while nothing
 * has changed.
 *
 * @returns the first WebAssembly module, deflated and in base64 (a server's gzip makes less of base64 alone), and the edits that make the second one of it
 * @throws Error if they do not compile, or if a module would write to memory that is tfjs's
 */
export const compileKernels = async (root: string = dirname(import.meta.dirname)): Promise<Binaries> => {
  const plain = await built(root, 'plain');
  const deflated = deflateRawSync(plain, { level: 9 }).toString('base64');
  return { plain: deflated, relaxed: edits(plain, await built(root, 'relaxed')) };
};

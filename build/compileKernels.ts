import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cached, readIfThere } from './cached.ts';
import { refuseOwnMemory } from './refuseOwnMemory.ts';

const folder = 'src/kernels/wasm/assembly';

const options = [
  ...['-O3', '--converge', '--noAssert', '--uncheckedBehavior', 'always'],
  ...['--runtime', 'stub', '--importMemory', '--noExportMemory', '--initialMemory', '1'],
  ...['--enable', 'simd'],
];

const compiled = async (root: string): Promise<Uint8Array> => {
  const { default: asc } = await import('assemblyscript/asc');
  const written: Uint8Array[] = [];
  const entry = join(folder, 'index.ts');
  const { error, stderr } = await asc.main([entry, '--outFile', 'kernels.wasm', ...options], {
    // The compiler adds the extension, which our imports have already.
    readFile: (name, base) =>
      readIfThere(join(root, base, name.replace(/\.ts\.ts$/, '.ts')))?.toString() ?? null,
    writeFile: (_, contents) => {
      written.push(contents as Uint8Array);
    },
    listFiles: () => [],
  });
  const [binary] = written;
  if (error !== null || binary === undefined)
    throw new Error(`${folder} does not compile\n${stderr.toString()}`);
  refuseOwnMemory(binary);
  return binary;
};

/**
 * Compiles the kernels of src/kernels/wasm/assembly, or takes them from the cache while nothing has changed.
 *
 * @returns the WebAssembly module in base64
 * @throws Error if they do not compile, or if the module would write to memory that is tfjs's
 */
export const compileKernels = async (root: string = dirname(import.meta.dirname)): Promise<string> => {
  const version = createRequire(join(root, 'package.json'))('assemblyscript/package.json') as object;
  const settings = JSON.stringify([options, version]);
  const binary = await cached(root, 'kernels.wasm', folder, settings, () => compiled(root));
  return Buffer.from(binary).toString('base64');
};

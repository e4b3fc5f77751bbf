import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { refuseOwnMemory } from './refuseOwnMemory.ts';

const folder = 'src/kernels/wasm/assembly';
const cache = 'node_modules/.cache/tfjs-bayesian';

const options = [
  ...['-O3', '--converge', '--noAssert', '--uncheckedBehavior', 'always'],
  ...['--runtime', 'stub', '--importMemory', '--noExportMemory', '--initialMemory', '1'],
  ...['--enable', 'simd'],
];

const readIfThere = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};

/** The sources, the options, the checks and the compiler's version: the same for the same kernels. */
const fingerprint = (root: string): string => {
  const sources = readdirSync(join(root, folder)).sort();
  const version = createRequire(join(root, 'package.json'))('assemblyscript/package.json') as object;
  const hash = createHash('sha256').update(JSON.stringify([options, sources, version]));
  for (const name of sources) hash.update(readFileSync(join(root, folder, name))).update('\0');
  return hash.digest('hex').slice(0, 16);
};

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
  const path = join(root, cache, `kernels-${fingerprint(root)}.wasm`);
  const known = readIfThere(path);
  if (known !== undefined) return known.toString('base64');
  const binary = await compiled(root);
  mkdirSync(dirname(path), { recursive: true });
  // By way of another name: a second build at the same time must not read half a file.
  const whole = `${path}.${process.pid}`;
  writeFileSync(whole, binary);
  renameSync(whole, path);
  return Buffer.from(binary).toString('base64');
};

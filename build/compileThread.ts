import { join } from 'node:path';
import type { Rolldown } from 'vite';
import { cached } from './cached.ts';

const folder = 'src/kernels/wasm/threads';

const bundled = async (root: string): Promise<Uint8Array> => {
  const { build } = await import('vite');
  const result = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      minify: true,
      lib: { entry: join(folder, 'worker.ts'), formats: ['iife'], name: 'thread' },
    },
  });
  const [{ output }] = result as [Rolldown.RolldownOutput];
  return Buffer.from(output[0].code);
};

/**
 * Bundles and minifies the script of the threads that run the kernels for wasm, or takes it from the cache while nothing has
 * changed.
 *
 * @returns its text, a script without imports
 */
export const compileThread = async (root: string = join(import.meta.dirname, '..')): Promise<string> =>
  Buffer.from(await cached(root, 'thread.js', folder, '', () => bundled(root))).toString();

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer, type ViteDevServer } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The headers of a cross-origin isolated page, which may share memory with workers. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** What the page and the built package import. */
const packages = [
  ...['core', 'backend-wasm', 'backend-cpu', 'backend-webgpu'].map((name) => `@tensorflow/tfjs-${name}`),
  'fp-ts/lib/function.js',
];

const JAX = 'bench/node_modules/@jax-js/jax/dist/index.js';

/** Says where jax-js is, if it is installed: it is imported by a name that is not known before. */
const importMap = () => ({
  name: 'import-map',
  transformIndexHtml: () =>
    existsSync(`${root}/${JAX}`)
      ? [
          {
            tag: 'script',
            attrs: { type: 'importmap' },
            children: JSON.stringify({ imports: { '@jax-js/jax': `/${JAX}` } }),
            injectTo: 'head-prepend' as const,
          },
        ]
      : [],
});

/** The package as it is built. */
export const BUILT = `${root}/dist/index.mjs`;

/** Serves the page of the benchmarks on a free port of this machine, with the package whose first file is `library`. */
export const serve = async (
  isolated: boolean,
  library: string,
): Promise<{ readonly address: string; readonly server: ViteDevServer }> => {
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    cacheDir: `${root}/node_modules/.vite-bench`,
    plugins: [importMap()],
    resolve: {
      alias: [
        { find: /^tfjs-bayesian$/, replacement: library },
        // What package.json says of this name leads to dist, wherever the package was built.
        { find: /^#kernelSets$/, replacement: join(dirname(library), 'kernelSetsOnDemand.mjs') },
      ],
    },
    // One that was found later would have to load the page again.
    optimizeDeps: { noDiscovery: true, include: packages },
    server: {
      ...{ host: '127.0.0.1', port: 0, hmr: false, watch: null },
      headers: isolated ? isolation : {},
    },
  });
  await server.listen();
  return { address: `${server.resolvedUrls!.local[0]}bench/browser/index.html`, server };
};

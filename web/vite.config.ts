import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at('.'),
  // Every address is relative, so that the page can be put into any folder of any static server.
  base: './',
  resolve: {
    // The package as it is built: a package cannot have itself among its dependencies. The tests build one of their own.
    alias: [{ find: /^tfjs-bayesian$/, replacement: process.env.TFJS_BAYESIAN ?? at('../dist/index.mjs') }],
  },
  build: { outDir: at('../out/web'), emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
  worker: { format: 'es' },
  preview: { port: 4173 },
});

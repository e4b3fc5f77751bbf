import { defineConfig } from 'vitest/config';

// The tests of the site as `npm run docs:build` left it: `npm run docs:test`.
export default defineConfig({
  test: { dir: 'test/site', testTimeout: 300_000, hookTimeout: 300_000, fileParallelism: false },
});

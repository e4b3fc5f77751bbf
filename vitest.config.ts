import { defineConfig } from 'vitest/config';
import { coreGradients } from './build/coreGradients.ts';

export default defineConfig({
  plugins: [coreGradients()],
  test: { include: ['test/**/*.test.ts'] },
});

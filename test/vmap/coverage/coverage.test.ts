import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withCoverage } from './coverageSection.ts';

const page = 'docs/how-to/vmap.md';

describe('the documentation of vmap', () => {
  it('lists for each kernel what the registry does with it (`npm run docs:tables` regenerates it)', async () => {
    await expect(withCoverage(readFileSync(page, 'utf8'))).toMatchFileSnapshot(`../../../${page}`);
  });
});

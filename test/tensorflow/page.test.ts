import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testsNamed, withRows } from './page.ts';

const page = 'docs/tensorflow-js.md';

describe('the page on TensorFlow.js', () => {
  it('has the rows that the tests run (`npm run docs:tables` regenerates it)', async () => {
    await expect(withRows(readFileSync(page, 'utf8'))).toMatchFileSnapshot(`../../${page}`);
  });

  it.each(testsNamed)('names existing tests: %s', (path) => {
    expect(existsSync(path)).toBe(true);
  });
});

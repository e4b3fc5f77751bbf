import { pipe as piped } from 'fp-ts/lib/function.js';
import { expect, it } from 'vitest';
import { pipe } from '../../src/index.ts';

it('is the pipe of fp-ts', () => {
  expect(pipe).toBe(piped);
});

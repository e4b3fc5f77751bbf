import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundled, type Script } from '../../../parallel/support/bundled.ts';
import { running } from '../../../parallel/support/process.ts';
import { kernels } from '../../../support/backends.ts';

describe.skipIf(!kernels)('a program with threads', () => {
  let script: Script;
  beforeAll(async () => {
    script = await bundled('test/kernels/wasm/threads/support/program.ts');
  });
  afterAll(() => script?.remove());

  it.each([
    ['by itself', 'end', 0, null],
    ['by process.exit from a timer', 'exit', 3, null],
    ['by process.exit after a kernel', 'exit at once', 4, null],
    ['when it is interrupted', 'interrupt', null, 'SIGINT'],
  ])('ends %s', async (_, way, code, signal) => {
    const { child, lines, says, ended } = running(script.path, way);
    await says('2  300');
    if (way === 'interrupt') child.kill('SIGINT');
    expect(await ended).toEqual([code, signal]);
    expect(lines).toEqual(['2  300']);
  });
});

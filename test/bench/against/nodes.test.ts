import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { output } from '../../../bench/against/child.ts';
import { withNodes } from '../../../bench/against/nodes.ts';

const { signal } = new AbortController();
const quiet = (): void => undefined;

it('uses the running Node if none is asked for', async () => {
  const nodes = await withNodes([], signal, quiet, (found) => Promise.resolve(found));
  expect(nodes).toEqual([{ version: process.version, program: process.execPath }]);
});

it('installs the Node that is asked for, and removes it', { timeout: 300_000 }, async () => {
  const program = await withNodes([22], signal, quiet, async ([node]) => {
    const printed = await output(node!.program, ['-p', 'process.version'], { folder: '.', signal });
    expect(printed.trim()).toBe(node!.version);
    expect(node!.version).toMatch(/^v22\./);
    return node!.program;
  });
  expect(existsSync(program)).toBe(false);
});

it('reports what npm said if there is no such Node', { timeout: 300_000 }, async () => {
  await expect(withNodes([97], signal, quiet, () => Promise.resolve())).rejects.toThrow(/node-.*97/);
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** Inputs for the job `noted` that take some time, and those that ran, in the order in which they began. */
export const notes = ({ onTestFinished }: TestContext) => {
  const file = join(mkdtempSync(join(tmpdir(), 'notes-')), 'notes');
  writeFileSync(file, '');
  onTestFinished(() => rmSync(join(file, '..'), { recursive: true }));
  return {
    take: (time: number) => ({ file, time }),
    ran: () => (readFileSync(file, 'utf8').match(/\d+/g) ?? []).map(Number),
  };
};

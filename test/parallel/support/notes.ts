import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** An input for the job `noted`. */
export interface Noted {
  readonly file: string;
  readonly time: number;
}

/** Inputs for the job `noted` that take some time, and those that ran, in the order in which they began. */
export const notes = ({ onTestFinished }: TestContext) => {
  const file = join(mkdtempSync(join(tmpdir(), 'notes-')), 'notes');
  writeFileSync(file, '');
  onTestFinished(() => rmSync(join(file, '..'), { recursive: true }));
  return {
    take: (time: number): Noted => ({ file, time }),
    ran: () => (readFileSync(file, 'utf8').match(/\d+/g) ?? []).map(Number),
  };
};

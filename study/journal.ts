import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import type { Measured } from './measured.ts';

/** What a row is about. */
export interface Label {
  readonly experiment: string;
  readonly dataset: string;
  readonly network: string;
  readonly method: string;
  /** Which split of the rows, where a data set has some. */
  readonly split?: number;
  /** Which repetition, elsewhere. */
  readonly seed?: number;
  /** Passes over the training rows. */
  readonly epochs: number;
}

/** A line of the journal: what was run, what came of it, when and where. */
export interface Row<V = unknown> extends Label, Measured<V> {
  readonly id: string;
  readonly quick: boolean;
  /** The words of the random key. */
  readonly key: readonly number[];
  /** How many rows ran at a time; null for a queue, which knows only its own workers. */
  readonly workers: number | null;
  /** What runs this row again. */
  readonly command: string;
  readonly finished: string;
}

/** The rows of all journals in a folder, by their ids; a later row replaces an earlier one. */
export const readJournal = (folder: string): ReadonlyMap<string, Row> => {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
  const rows = files.sort().flatMap((name) =>
    readFileSync(path.join(folder, name), 'utf8')
      .split('\n')
      // What is behind the last end of a line was cut off by a crash.
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Row),
  );
  return new Map(rows.map((row) => [row.id, row]));
};

/** Cuts off what is behind the last end of a line, after a crash. */
const repair = (file: string): void => {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const whole = bytes.lastIndexOf('\n') + 1;
  if (whole < bytes.length) truncateSync(file, whole);
};

/** Adds a row to the journal of its experiment. */
export const appendRow = (folder: string, row: Row): void => {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${row.experiment}.jsonl`);
  repair(file);
  appendFileSync(file, `${JSON.stringify(row)}\n`);
};

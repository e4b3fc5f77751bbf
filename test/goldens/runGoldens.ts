import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { checkCase, type Outcome } from './checkCase.ts';
import { type GoldenFile, readFolder } from './readFolder.ts';

/** What is printed, and the exit code: 0 without a failure, 1 with one, 2 where there is nothing to check. */
export interface Report {
  readonly lines: readonly string[];
  readonly code: 0 | 1 | 2;
}

/** One case with its outcome. */
interface Result {
  readonly place: string;
  readonly outcome: Outcome;
}

const fileResults = ({ name, content, cases }: GoldenFile): readonly Result[] =>
  cases.map((golden, index) => ({
    place: `${name} ${typeof golden.name === 'string' ? golden.name : `case ${index}`}`,
    outcome: checkCase(golden, content),
  }));

/** How often each reason for skipping came up, the most frequent first. */
const skippedLines = (outcomes: readonly Outcome[]): readonly string[] => {
  const reasons = outcomes.flatMap((outcome) => (outcome._tag === 'Skipped' ? [outcome.reason] : []));
  const count = (reason: string): number => reasons.filter((each) => each === reason).length;
  return [...new Set(reasons)]
    .sort((a, b) => count(b) - count(a))
    .map((reason) => `skipped ${count(reason)}: ${reason}`);
};

const makeReport = (results: readonly Result[]): Report => {
  const outcomes = results.map(({ outcome }) => outcome);
  const count = (tag: Outcome['_tag']): number => outcomes.filter(({ _tag }) => _tag === tag).length;
  return {
    lines: [
      ...results.flatMap(({ place, outcome }) =>
        outcome._tag === 'Failed' ? [`FAILED ${place}: ${outcome.why}`] : [],
      ),
      ...skippedLines(outcomes),
      `passed ${count('Passed')}, failed ${count('Failed')}, skipped ${count('Skipped')}`,
    ],
    code: count('Failed') > 0 ? 1 : 0,
  };
};

/** Checks every golden file of a folder against the library, on the backend that is set. */
export const runGoldens = (folder: string): Report =>
  pipe(
    readFolder(folder),
    E.match(
      (problem): Report => ({ lines: [`goldens: ${problem}`], code: 2 }),
      (files) => makeReport(files.flatMap(fileResults)),
    ),
  );

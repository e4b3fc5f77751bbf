// Prints the counts of a vitest report (its json reporter) as `N passed, N failed`.
import { readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
// A file that does not load, or whose set-up fails, has no failed test of its own.
const brokenFiles = testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
).length;
console.log(`${numPassedTests} passed, ${numFailedTests + brokenFiles} failed`);

// Builds dist, quietly, unless it is newer than everything that it is made from. For the scripts that run against
// the built package: a second run starts at once, and prints nothing that is not its own.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const sources = ['src', 'build', 'package.json', 'tsconfig.json', 'tsdown.config.ts'];
/** What the build writes last. */
const built = ['dist/index.d.mts', 'dist/index.d.cts'];

const changed = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

// A folder counts too: its time changes when a file in it goes away.
const within = (path: string): readonly string[] =>
  statSync(path).isDirectory()
    ? [path, ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))]
    : [path];

const newestSource = Math.max(...sources.flatMap(within).map(changed));
const oldestOutput = Math.min(...built.map(changed));

if (oldestOutput <= newestSource) {
  const { build } = await import('tsdown');
  await build({ logLevel: 'error' });
}

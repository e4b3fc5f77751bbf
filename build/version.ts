import { readFileSync } from 'node:fs';

/** The version in package.json. */
export const version: string = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string })
  .version;

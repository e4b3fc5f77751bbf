import { readFileSync } from 'node:fs';

/** The version that package.json tells. */
export const version: string = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string })
  .version;

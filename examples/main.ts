import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WRONG_USE } from './commandLine.ts';

// `npm run example NAME -- [options]` runs an example, which parses the options.
const program = (name: string): URL => new URL(`./${name}/main.ts`, import.meta.url);
const names = readdirSync(fileURLToPath(new URL('.', import.meta.url))).filter((name) =>
  existsSync(program(name)),
);

const [name] = process.argv.splice(2, 1);
if (name !== undefined && names.includes(name)) await import(program(name).href);
else {
  const asked = name === undefined ? 'name one' : `there is no example '${name}'`;
  console.error(`example: ${asked}; there are ${names.join(', ')}`);
  process.exitCode = WRONG_USE;
}

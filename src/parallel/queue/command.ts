#!/usr/bin/env node
// The command of the package: `npx tfjs-bayesian work --queue NAME --redis URL --jobs MODULE`.

import { work } from './work.ts';

const help = `npx tfjs-bayesian work --queue NAME --redis URL --jobs MODULE [options]

Runs jobs from a queue, until it is stopped. What runs then goes back into the queue.

  --queue NAME      the name of the queue
  --redis URL       where Redis or Valkey is, such as redis://localhost:6379
  --jobs MODULE     a module whose jobs may run here, as a path; may be repeated
  --size N          the number of threads (default the number of cores)
  --folder FOLDER   the folder that the callers have too, a path or URL, for large values
  --lock SECONDS    after which the job of a worker that has ended runs elsewhere (default 30)
  --help            prints this text`;

const options = {
  queue: { type: 'string' },
  redis: { type: 'string' },
  jobs: { type: 'string', multiple: true },
  size: { type: 'string' },
  folder: { type: 'string' },
  lock: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Ends with a line about what its user can correct. */
const complain = (line: string): never => {
  console.error(`tfjs-bayesian: ${line}`);
  process.exit(2);
};

const number = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value > 0
    ? value
    : complain(`--${name} must be a number above 0, got '${text}'`);
};

const parsed = () => {
  try {
    const { parseArgs } = process.getBuiltinModule('node:util');
    return parseArgs({ args: process.argv.slice(2), options, allowPositionals: true });
  } catch (error) {
    return complain(message(error));
  }
};

const main = async (): Promise<void> => {
  const { values, positionals } = parsed();
  if (values.help) return console.log(help);
  if (positionals.length !== 1 || positionals[0] !== 'work')
    return complain(`the command must be work, got '${positionals.join(' ')}'; --help prints the options`);
  const { queue: name, redis: connection, jobs, folder } = values;
  const missing = Object.entries({ queue: name, redis: connection, jobs }).find(([, value]) => !value);
  if (name === undefined || connection === undefined || jobs === undefined)
    return complain(`--${missing?.[0]} must be given; --help prints the options`);
  const [size, lock] = [number('size', values.size), number('lock', values.lock)];
  const worker = await work({
    ...{ name, connection, jobs },
    ...(size !== undefined && { size }),
    ...(lock !== undefined && { lock: Math.round(1000 * lock) }),
    ...(folder !== undefined && { folder }),
    log: (line) => console.error(line),
  }).catch((error: unknown) => complain(message(error)));
  console.error(`ready for ${worker.jobs.join(', ')}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.close());
};

void main();

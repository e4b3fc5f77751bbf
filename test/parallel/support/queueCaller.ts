// A process that puts numbers into a queue and waits for them: the options of the queue are its argument, as JSON.
import { random, useBackend } from '../../../src/index.ts';
import { queue } from '../../../src/parallel/index.ts';
import * as jobs from './jobs.ts';

await useBackend('cpu')();
const runner = queue(JSON.parse(process.argv[2] ?? ''));
const key = random.key(3);
for await (const outcome of runner.map(jobs.noted, JSON.parse(process.argv[3] ?? ''), { key }))
  console.log(JSON.stringify(outcome));
await runner.close();

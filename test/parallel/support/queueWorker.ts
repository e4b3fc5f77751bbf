// A worker of a queue in a process of its own: its options are its argument, as JSON.
import { work } from '../../../src/parallel/index.ts';

const worker = await work({ log: (line) => console.log(line), ...JSON.parse(process.argv[2] ?? '') });
console.log('ready');
process.on('SIGTERM', () => void worker.close());

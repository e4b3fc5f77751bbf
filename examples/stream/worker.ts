import { createHash } from 'node:crypto';
import * as E from 'fp-ts/lib/Either.js';
import { checkpoint, startBackend } from 'tfjs-bayesian';
import { model, train } from './train.ts';

// A process of its own, so that the peak memory is that of one training: `worker.ts TABLE ROWS CHECKPOINT EVERY HALF`.
const [table, rows, path, every, half] = process.argv.slice(2) as [string, string, string, string, string];

await startBackend('wasm');
const { params, step, history } = await train({
  table,
  rows: Number(rows),
  checkpoint: path,
  every: Number(every),
  onStep: ({ step }) => {
    if (step === Number(half)) console.log('half');
  },
});
const bytes = await checkpoint.toBytes(model)(params)();
if (E.isLeft(bytes)) throw new Error(bytes.left.message);
const report = {
  step,
  loss: history.at(-1)?.loss,
  digest: createHash('sha256').update(bytes.right).digest('hex'),
  peak: 1024 * process.resourceUsage().maxRSS,
};
console.log(JSON.stringify(report));

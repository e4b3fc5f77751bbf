import { tree } from 'tfjs-bayesian';
import { onBackend } from '../backend.ts';
import { loadDigits } from '../mnist/data.ts';
import { run, settings, table } from './run.ts';

const TRAINING_IMAGES = 20_000;

process.exitCode = await onBackend('last-layer', process.argv.slice(2), async (backend) => {
  const digits = { train: loadDigits('train', TRAINING_IMAGES), test: loadDigits('t10k', 10_000) };
  console.log(
    `A plain network learns the digits 0 to ${settings.kinds - 1}, then its last layer becomes Bayesian; ${backend} backend.\n`,
  );
  const began = performance.now();
  const rows = await run(settings, digits);
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `\nOn test images of the digits 0 to ${settings.kinds - 1}, and how well uncertainty tells 8 and 9 from them ` +
      `(NLL in nats; ${seconds.toFixed(0)} s):\n`,
  );
  console.log(table(rows));
  const epistemic = rows.at(-1)?.epistemic ?? Number.NaN;
  console.log(`\nauroc=${epistemic.toFixed(3)}`);
  tree.dispose(digits);
  return 0;
});

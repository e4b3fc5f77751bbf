import { onBackend } from '../backend.ts';
import { table } from './report.ts';
import { run, settings } from './run.ts';

const { rows, longest, sizes, testRows, testSamples } = settings;

process.exitCode = await onBackend('sequence', process.argv.slice(2), async (backend) => {
  console.log(
    `A transformer learns to write up to ${longest} digits backwards from ${rows} examples; ${backend} backend.`,
  );
  const began = performance.now();
  const report = await run(settings);
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `\nOn ${testRows} sequences of each length to ${sizes.width}, ${testSamples} weight samples (NLL and entropies in nats ` +
      `per digit; ${seconds.toFixed(0)} s):\n`,
  );
  console.log(table(report));
  return 0;
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onBackend } from '../backend.ts';
import { compareRuns, STOP_AFTER } from './run.ts';

process.exitCode = await onBackend('resume', process.argv.slice(2), async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'resume-'));
  try {
    const { losses, different, tensors, steps } = await compareRuns(folder);
    const [whole, resumed] = losses;
    console.log(`One run of ${steps[0]} steps, loss of its last epoch:             ${whole}`);
    console.log(`Stopped after ${STOP_AFTER}, saved to a file, resumed to step ${steps[1]}: ${resumed}`);
    console.log(
      different.length === 0
        ? `All ${tensors} tensors of the parameters and the optimizer are identical, bit for bit.`
        : `These tensors differ: ${different.join(', ')}`,
    );
    return different.length === 0 && whole === resumed ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true });
  }
});

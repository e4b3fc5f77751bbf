import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readBatches, writeTable } from '../../examples/stream/table.ts';
import { train } from '../../examples/stream/train.ts';
import { describeOnBackends } from '../support/backends.ts';
import { read } from '../transforms/support/compare.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'stream-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeOnBackends('examples/stream', (backend) => {
  test('a table is written and read back in batches', async () => {
    const file = path.join(folder, `${backend}-read.csv`);
    await writeTable(file, 1200);
    const shapes: (readonly number[])[] = [];
    const targets: number[] = [];
    for await (const batch of readBatches(file)) {
      shapes.push(batch.inputs.shape);
      targets.push(...batch.targets.dataSync());
      batch.inputs.dispose();
      batch.targets.dispose();
    }
    expect(shapes).toEqual([
      [500, 2],
      [500, 2],
      [200, 2],
    ]);
    expect(targets.every((y) => Number.isFinite(y) && Math.abs(y) < 2.3)).toBe(true);
    expect(new Set(targets).size).toBeGreaterThan(1000);
  });

  test('a run that was interrupted continues to the same bits', async () => {
    const table = path.join(folder, `${backend}.csv`);
    await writeTable(table, 3200);
    const pass = { table, rows: 3200, every: 2 };
    const whole = await train({ ...pass, checkpoint: path.join(folder, `${backend}-whole.safetensors`) });
    const checkpoint = path.join(folder, `${backend}.safetensors`);
    const interrupted = train({
      ...pass,
      checkpoint,
      onStep: ({ step }) => {
        if (step === 5) throw new Error('interrupted');
      },
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    const steps: number[] = [];
    const resumed = await train({ ...pass, checkpoint, onStep: ({ step }) => void steps.push(step) });
    expect(steps).toEqual([5, 6, 7]);
    expect(read([resumed.params, resumed.optimizer])).toEqual(read([whole.params, whole.optimizer]));
  });
});

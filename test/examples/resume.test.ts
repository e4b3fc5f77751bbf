import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, expect, test } from 'vitest';
import { compareRuns, STOP_AFTER } from '../../examples/resume/run.ts';
import { describeOnBackends } from '../support/backends.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'resume-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeOnBackends('examples/resume', () => {
  test('a run that was stopped, saved and resumed is bit for bit the uninterrupted one', async () => {
    const before = tf.memory().numTensors;
    const { losses, different, tensors, steps } = await compareRuns(folder);
    expect(different).toEqual([]);
    // Means and spreads of two weights and two biases, and Adam's two moments of each.
    expect(tensors).toBe(24);
    expect(losses[0]).toBe(losses[1]);
    expect(steps).toEqual([52, 52]);
    // Not at the end of an epoch.
    expect(STOP_AFTER % 13).not.toBe(0);
    expect(readdirSync(folder)).toEqual(['run.safetensors']);
    expect(tf.memory().numTensors).toBe(before);
  });
});

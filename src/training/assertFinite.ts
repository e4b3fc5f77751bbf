import * as tf from '@tensorflow/tfjs-core';
import { canReadSync } from '../backend/canReadSync.ts';
import { inspectValues } from '../backend/inspectValues.ts';
import { isRecording } from '../ops/recording.ts';
import type { Requirements } from '../optimizers/index.ts';
import type { TrainingState } from '../optimizers/trainingState.ts';
import { entries, tidied } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import { isTracer } from '../vmap/tracer.ts';
import type { Reading } from './lossReader.ts';

type State = TrainingState<unknown, unknown>;

/** The path of the first variable with a non-finite value. Takes one read: 0 times a non-finite value is NaN. */
const firstNonFinite = async (params: unknown): Promise<string | undefined> => {
  const all = entries(params);
  if (all.length === 0) return undefined;
  const zeros = tidied(() =>
    tf.stack(all.map(({ tensor }) => (tensor.size === 0 ? tf.scalar(0) : tf.sum(tf.mul(tensor, 0))))),
  );
  try {
    const at = (await zeros.data()).findIndex((zero) => zero !== 0);
    const found = all[at];
    return found && pathName(found.path);
  } finally {
    zeros.dispose();
  }
};

const explain = async (before: State, after: State): Promise<string> => {
  const params = await firstNonFinite(before.params);
  if (params !== undefined) return `'${params}' is the first variable that is not finite`;
  const gradient = await firstNonFinite(after.params);
  return gradient === undefined
    ? 'all variables and gradients are finite, so check the inputs, targets and the likelihood'
    : `all variables were finite before it; '${gradient}' is the first whose gradient is not`;
};

/** `explain` for a step that was read late, when only the current variables are left to check. */
const explainLate = async ({ params, step }: State): Promise<string> => {
  const path = await firstNonFinite(params);
  return path === undefined
    ? `all variables are finite at step ${step}, so check the inputs, targets and the likelihood`
    : `at step ${step} '${path}' is the first variable that is not finite`;
};

const fail = (
  { step, values: { loss, ...parts } }: Reading,
  joined: string,
  why: string,
  { nonFinite }: Requirements,
): never => {
  const shown = Object.entries(parts).map(([name, value]) => `${name} ${value}`);
  const at = `${step}${shown.length > 0 ? ` (${shown.join(', ')})` : ''}`;
  const hint = nonFinite === undefined ? '' : `; ${nonFinite}`;
  throw new Error(`fit: the loss is ${loss} at step ${at}${joined} ${why}${hint}`);
};

/**
 * Rejects a loss that is not finite, and names the variable to check first.
 *
 * @param before the state before the last completed step; `after` is the one after it
 * @param optimizer what it says of variables that are not finite is part of the error
 * @throws Error with the step, the parts of the loss and the first variable that is not finite
 * @example
 * await assertFiniteLoss({ step: 1, values: { loss: 12.5 } }, before, after, optimizer); // fine
 */
export const assertFiniteLoss = async (
  reading: Reading,
  before: State,
  after: State,
  optimizer: Requirements,
): Promise<void> => {
  if (Number.isFinite(reading.values.loss)) return;
  const why = await (reading.step === after.step ? explain(before, after) : explainLate(after));
  fail(reading, ':', why, optimizer);
};

/**
 * Rejects variables that are not finite, which the loss would show only a step later.
 *
 * @param reading the last completed step, from the state `before` to `after`
 * @throws Error like `assertFiniteLoss`
 * @example
 * await assertFiniteVariables(reading, before, after, optimizer);
 */
export const assertFiniteVariables = async (
  reading: Reading,
  before: State,
  after: State,
  optimizer: Requirements,
): Promise<void> => {
  if ((await firstNonFinite(after.params)) !== undefined)
    fail(reading, ', but', await explain(before, after), optimizer);
};

/** A sum reveals NaN and infinities; if it overflows, each element is checked. */
const isFiniteTensor = (x: tf.Tensor): boolean => {
  const sum = tf.tidy(() => tf.sum(x).dataSync()[0]);
  return Number.isFinite(sum) || x.dataSync().every(Number.isFinite);
};

/**
 * Rejects data with NaN or infinite values. On a GPU, where the check would wait for the device, data is trusted. What is recorded
 * checks them again when it is replayed.
 *
 * @throws Error naming the function and the path in the data
 * @example
 * assertFiniteData('batches', { inputs: images });
 */
export const assertFiniteData = (fn: string, data: unknown): void => {
  if (!canReadSync()) return;
  for (const { path, tensor } of entries(data)) {
    if (tensor.dtype !== 'float32' || isTracer(tensor)) continue;
    const check = (passes: boolean): void => {
      if (!passes) throw new Error(`${fn}: ${pathName(path)} must be finite, but has NaN or infinite values`);
    };
    if (isRecording())
      inspectValues(tensor, (values) => check(Array.prototype.every.call(values, Number.isFinite)));
    else check(isFiniteTensor(tensor));
  }
};

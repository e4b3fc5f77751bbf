import { entries } from '../tree/index.ts';
import type { Values } from './progress.ts';
import type { TrainingState } from './state.ts';

/** The path of the first variable with a value that is not finite. */
const firstNonFinite = async (params: unknown): Promise<string | undefined> => {
  for (const { path, tensor } of entries(params)) {
    if (!(await tensor.data()).every(Number.isFinite)) return path.join('.');
  }
  return undefined;
};

const blame = async (before: unknown, after: unknown): Promise<string> => {
  const params = await firstNonFinite(before);
  if (params !== undefined) return `'${params}' is the first variable that is not finite`;
  const gradient = await firstNonFinite(after);
  return gradient === undefined
    ? 'all variables and gradients are finite, so look at the inputs, targets and the likelihood'
    : `all variables were finite before it; '${gradient}' is the first whose gradient is not`;
};

/**
 * Refuses a loss that is not finite, and says which variable to look at first. With `whole` the variables are
 * read too, since the loss shows what became of them only a step later.
 *
 * @throws Error with the step, the parts of the loss and the first variable that is not finite
 * @example
 * await assertFinite({ loss: 12.5 }, before, after, false); // fine
 */
export const assertFinite = async (
  values: Values,
  before: TrainingState<unknown, unknown>,
  after: TrainingState<unknown, unknown>,
  whole: boolean,
): Promise<void> => {
  const { loss, ...parts } = values;
  const fine = Number.isFinite(loss);
  if (fine && !(whole && (await firstNonFinite(after.params)) !== undefined)) return;
  const shown = Object.entries(parts).map(([name, value]) => `${name} ${value}`);
  throw new Error(
    `fit: the loss is ${loss} at step ${after.step}${shown.length > 0 ? ` (${shown.join(', ')})` : ''}${fine ? ', but' : ':'} ` +
      (await blame(before.params, after.params)),
  );
};

import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Target } from '../files/index.ts';
import type { TrainingState } from '../training/state.ts';
import type { Model } from '../transforms/model.ts';
import type { CheckpointError } from './error.ts';
import { writeTo } from './target.ts';
import { assertSaving, partsOf, type SaveOptions } from './toBytes.ts';

/**
 * Keeps the parameters of a model, or a whole state of training, in a safetensors file. In Node the file at a path is
 * replaced in one go, so that a crash leaves the old one or the new one; its mode is kept, links are followed, and
 * devices, FIFOs and `/dev/stdout` are written as they are. In a browser a name is that of a download.
 * Nothing happens before the result is called, and what is saved must live until it is done.
 *
 * @throws Error for what is not a model or a target, and for parameters that are not those of the model
 * @returns Left where the file cannot be written, or a parameter is NaN, infinite or too large for `dtype`
 * @example
 * const saved = await checkpoint.save(model)('run.safetensors')(params)();
 * if (E.isLeft(saved)) console.error(saved.left.message);
 */
export const save = <P>(
  model: Model<P>,
  options: SaveOptions = {},
): ((target: Target) => (value: P | TrainingState<P, unknown>) => TE.TaskEither<CheckpointError, void>) => {
  assertSaving('checkpoint.save', model, options);
  const parts = partsOf(model, options);
  return (target) => {
    const write = writeTo(target);
    return (value) => write(parts(value));
  };
};

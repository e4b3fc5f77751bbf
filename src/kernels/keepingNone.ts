import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { engineInternals } from '../ops/engine.ts';
import { refuse } from '../ops/recording.ts';
import { replacing } from './replacing.ts';

interface Keeper {
  keep: (x: Tensor) => Tensor;
}

/**
 * Runs a function that may keep none of its tensors (`tf.keep`) beyond its end; one that it keeps is disposed.
 *
 * @throws Error, a refusal, if the function keeps a tensor; what the function throws
 * @example
 * keepingNone(() => tf.keep(tf.scalar(1)).dispose());
 */
export const keepingNone = (f: () => void): void => {
  const home = engine() as unknown as Keeper;
  const keep = home.keep.bind(home);
  const first = engineInternals().nextTensorId();
  const kept = new Set<Tensor>();
  const keeper: Keeper = {
    keep: (x) => {
      if (x.id > first) kept.add(x);
      return keep(x);
    },
  };
  try {
    replacing(home, keeper, f);
  } finally {
    for (const x of kept) if (x.isDisposed) kept.delete(x);
    for (const x of kept) x.dispose();
  }
  if (kept.size > 0) refuse('it keeps tensors');
};

import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { engineInternals } from '../ops/engine.ts';
import { refuse } from '../ops/recording.ts';

/**
 * Runs a function while methods of an object are replaced.
 *
 * @example
 * replacing(engine(), { keep: (x) => x }, () => tf.keep(tf.scalar(1)).kept); // false
 */
export const replacing = <O extends object, Y>(object: O, methods: Partial<O>, f: () => Y): Y => {
  const before = Object.keys(methods).map(
    (name) => [name, Object.getOwnPropertyDescriptor(object, name)] as const,
  );
  Object.assign(object, methods);
  try {
    return f();
  } finally {
    for (const [name, own] of before) {
      if (own) Object.defineProperty(object, name, own);
      else delete object[name as keyof O];
    }
  }
};

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

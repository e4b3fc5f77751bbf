import { engine, Tensor, tidy } from '@tensorflow/tfjs-core';

interface Scoped {
  readonly state: { readonly activeScope: { readonly track: readonly Tensor[] } | null };
}

const isOutput = (tensor: Tensor, result: Tensor | readonly Tensor[]): boolean =>
  result instanceof Tensor ? result.id === tensor.id : result.some(({ id }) => id === tensor.id);

/**
 * `tf.tidy` for a batching rule: what was made on the way is disposed, the result stays. Most rules make their
 * result and nothing else, and for those a scope of its own would cost as much as the call itself.
 */
export const tidyRule = <T extends Tensor | readonly Tensor[]>(rule: () => T): T => {
  const made = (engine() as unknown as Scoped).state.activeScope?.track;
  if (made === undefined) return tidy(rule as () => never);
  const before = made.length;
  const result = rule();
  for (let at = before; at < made.length; at += 1) {
    const tensor = made[at]!;
    if (!tensor.kept && !isOutput(tensor, result)) tensor.dispose();
  }
  return result;
};

import { invalidArgument } from '../check/index.ts';
import { leaves } from '../tree/index.ts';
import type { GradientTransformation, Transformed } from './gradientTransformation.ts';
import { isGradientTransformation, requirements } from './gradientTransformation.ts';

/** The transformations whose states are the members of a tuple. */
export type Transformations<S extends readonly unknown[]> = {
  readonly [K in keyof S]: GradientTransformation<S[K]>;
};

/** Disposes updates between two transformations, except tensors that belong to the caller or are passed on. */
const disposeBetween = (updates: unknown, kept: unknown): void => {
  const used = new Set(leaves(kept));
  for (const tensor of leaves(updates)) if (!used.has(tensor)) tensor.dispose();
};

/**
 * Returns the states of a chain of so many transformations.
 *
 * @throws Error if it is not a list of so many
 * @example
 * const [moments, rate] = chainStates<AdamState>(2, state);
 */
export const chainStates = <S extends readonly unknown[]>(count: number, state: S): S =>
  Array.isArray(state) && state.length === count
    ? state
    : invalidArgument('chain: state', `a list of ${count} states, one for each transformation`, state);

/**
 * Applies gradient transformations one after another, each to the updates of the previous one. The state is the tuple
 * of their states.
 *
 * @throws Error without arguments, or if one is not a gradient transformation
 * @example
 * const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }));
 */
export const chain = <S extends readonly unknown[]>(
  ...transformations: Transformations<S>
): GradientTransformation<S> => {
  const all: readonly unknown[] = transformations;
  if (all.length === 0) invalidArgument('chain: arguments', 'at least one gradient transformation', all);
  const parts = all.map((each, index) =>
    isGradientTransformation(each)
      ? each
      : invalidArgument(`chain: argument ${index + 1}`, 'a gradient transformation such as scale(-1)', each),
  );
  return {
    ...requirements('chain', parts),
    init: (params) => parts.map(({ init }) => init(params)) as readonly unknown[] as S,
    update: <P>(gradient: P, state: S, params: P, statistics?: object) => {
      chainStates(parts.length, state);
      return parts.reduce<Transformed<P, readonly unknown[]>>(
        (before, { update }, index) => {
          const after = update(before.updates, state[index], params, statistics);
          disposeBetween(before.updates, [gradient, after]);
          return { updates: after.updates, state: [...before.state, after.state] };
        },
        { updates: gradient, state: [] },
      ) as Transformed<P, S>;
    },
  };
};

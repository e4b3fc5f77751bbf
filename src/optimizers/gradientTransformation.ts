/** What a gradient transformation gives: the transformed updates and its next state. */
export interface Transformed<P, S> {
  readonly updates: P;
  readonly state: S;
}

/**
 * An optimizer, or a part of one, as a pair of pure functions (the shape of optax). `init` makes the state for
 * a tree of parameters; `update` turns a gradient into updates, of the same structure, that are to be *added*
 * to the parameters. Both leave their arguments alone and return new tensors.
 *
 * @example
 * const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }));
 * const [, gradient] = valueAndGrad(loss)(params, random.key(0), { inputs: images, targets: labels });
 * const state = optimizer.init(params);
 * const { updates, state: next } = optimizer.update(gradient, state, params);
 */
export interface GradientTransformation<S> {
  readonly init: (params: unknown) => S;
  readonly update: <P>(gradient: P, state: S, params: P) => Transformed<P, S>;
}

/** The state of a transformation that remembers nothing. */
export type EmptyState = Readonly<Record<never, never>>;

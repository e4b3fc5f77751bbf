import { adam, type GradientTransformation, ivon, random, tree } from 'tfjs-bayesian';
import type { Run } from './contender.ts';
import { makeModel } from './ours.ts';
import { LEARNING_RATE, type Problem } from './problem.ts';

const optimizers = {
  adam: adam({ learningRate: LEARNING_RATE }),
  ivon: ivon({ learningRate: LEARNING_RATE }),
} as const;

const updating = <S>(optimizer: GradientTransformation<S>, problem: Problem): Run => {
  const params = makeModel(problem).init(random.key(2));
  // Small enough that no precision changes much, and no number is denormal.
  const gradient = tree.map((x) => random.uniform(random.key(3), x.shape, { min: -1e-3, max: 1e-3 }))(params);
  let state = optimizer.init(params);
  return () => {
    const { updates, state: next } = optimizer.update(gradient, state, params);
    tree.dispose([state, updates]);
    state = next;
  };
};

/** A run of an optimizer's own update, without the gradient, on the weights of a problem. */
export const update =
  (name: keyof typeof optimizers) =>
  (problem: Problem): Run =>
    name === 'adam' ? updating(optimizers.adam, problem) : updating(optimizers.ivon, problem);

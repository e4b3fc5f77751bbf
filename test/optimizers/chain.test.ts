import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, expectTypeOf, it } from 'vitest';
import {
  adam,
  chain,
  clipByGlobalNorm,
  type EmptyState,
  type GradientTransformation,
  scale,
  type TraceState,
  trace,
} from '../../src/optimizers/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { leavesNothing } from './reference.ts';
import { flat, tensors, trees } from './trees.ts';

const identity: GradientTransformation<EmptyState> = {
  init: () => ({}),
  update: (gradient, state) => ({ updates: gradient, state }),
};

describeOnBackends('chain', () => {
  it('equals the composition of its parts, step by step', () => {
    fc.assert(
      fc.property(trees, fc.array(trees, { minLength: 1, maxLength: 4 }), (start, steps) =>
        tf.tidy(() => {
          const params = tensors(start);
          const [first, second] = [trace({ decay: 0.5 }), adam({ learningRate: 0.1 })];
          const both = chain(first, second);
          steps.map(tensors).reduce(
            ({ chained, a, b }, gradient) => {
              const whole = both.update(gradient, chained, params);
              const one = first.update(gradient, a, params);
              const two = second.update(one.updates, b, params);
              expect(flat(whole.updates)).toEqual(flat(two.updates));
              expect(flat(whole.state)).toEqual(flat([one.state, two.state]));
              return { chained: whole.state, a: one.state, b: two.state };
            },
            { chained: both.init(params), a: first.init(params), b: second.init(params) },
          );
        }),
      ),
      { numRuns: 20 },
    );
  });

  it('has the tuple of the states as its state, also in its type', () => {
    tf.tidy(() => {
      const both = chain(trace({ decay: 0.5 }), scale(2));
      expectTypeOf(both.init).returns.toExtend<readonly [TraceState, EmptyState]>();
      const state = both.init({ w: tf.zeros([2]) });
      expect(flat(state[0].trace)).toEqual([0, 0]);
      expect(state[1]).toEqual({});
    });
  });

  it('leaks no tensors, and disposes none that a part passed on', () => {
    leavesNothing(chain(clipByGlobalNorm(1), trace({ decay: 0.5 }), scale(-1)));
    leavesNothing(chain(scale(2), identity, scale(-1)));
    leavesNothing(chain(identity, scale(-1)));
  });

  it('rejects anything that is not a gradient transformation or a state, by name', () => {
    expect(() => chain(scale(1), 3 as never)).toThrow(
      'chain: argument 2 must be a gradient transformation such as scale(-1), got 3',
    );
    expect(() => chain()).toThrow('chain: arguments must be at least one gradient transformation');
    expect(() => chain(scale(1)).update({}, [] as never, {})).toThrow(
      'chain: state must be a list of 1 states',
    );
  });
});

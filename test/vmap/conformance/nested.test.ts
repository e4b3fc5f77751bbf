import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { it } from 'vitest';
import { vmap } from '../../../src/vmap/index.ts';
import { describeOnBackends } from '../../support/backends.ts';
import { type Case, expectAllClose, hasNumbers, insert, list, values } from '../support/againstLoop.ts';
import { rows } from './rows.ts';

const outer = 2;
const inner = 3;

// A rule's own calls go to the rules of the next level, so every rule must do with tracers as well.
describeOnBackends('vmap in vmap', (backend) => {
  const here = rows.filter(({ only }) => only === undefined || only.includes(backend));

  it.each(here.map((row) => [row.name, row] as const))('%s', (_, { draw, runs = 2 }) => {
    fc.sample(draw, { numRuns: Math.min(runs, 2), seed: 3 })
      .filter(hasNumbers)
      .forEach(({ args, f, reference = f }: Case, turn) => {
        const alone = args.length === 1 || turn === 0;
        const inOuter = args.map((_, at) => alone || at % 2 === 0);
        const inInner = args.map((_, at) => alone || at % 2 === 1);
        tf.tidy(() => {
          const tensors = args.map((arg, at) => {
            const shape = inInner[at] ? insert(arg.shape, 0, inner) : arg.shape;
            return values(inOuter[at] ? insert(shape, 0, outer) : shape, arg, at + 1);
          });
          const axes = (of: readonly boolean[]) => of.map((is) => (is ? 0 : null));
          const mapped =
            (of: readonly boolean[], g: Case['f']) =>
            (...given: tf.Tensor[]) =>
              vmap((...one: tf.Tensor[]) => list(g(...one)), { inAxes: axes(of) })(...given);
          const both = mapped(inOuter, mapped(inInner, f))(...tensors);
          const each = tensors.map((tensor, at) => (inOuter[at] ? tf.unstack(tensor) : undefined));
          const looped = Array.from({ length: outer }, (_, index) =>
            mapped(inInner, reference)(...tensors.map((tensor, at) => each[at]?.[index] ?? tensor)),
          );
          expectAllClose(
            both,
            both.map((_, at) => tf.stack(looped.map((outputs) => outputs[at]!))),
          );
        });
      });
  });
});

import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import '../../../src/backend/index.ts';
import { type Backend, describeOnBackends, kernels } from '../../support/backends.ts';
import { hasNumbers } from '../../vmap/support/againstLoop.ts';
import { gradients, takeSample } from './differences.ts';
import { rows } from './everyRow.ts';

/** Kernels that no operation runs. Their gradients are those of others, and compared in ownGradients.test.ts. */
const neverRun: readonly string[] = [tf.BroadcastTo, tf.LogSoftmax];

/** A complex tensor has no gradient. */
const neverDifferentiated: readonly string[] = [tf.ComplexAbs];

const names = (Object.values(tf) as unknown[]).filter(
  (name): name is string => typeof name === 'string' && tf.getGradient(name) !== undefined,
);

/** On wasm TensorFlow.js has no such kernel. */
const notThere = (backend: Backend): readonly string[] => (backend === 'wasm' ? [tf.LRN] : []);

/** A gradient: its function is what is watched, and the functions by input that it gives, as they are called. */
type Watched = { gradFunc: tf.GradFunc };

describeOnBackends('the suite of gradients', (backend) => {
  const asked = new Map<string, Map<string, boolean>>();
  const before = new Map<string, tf.GradFunc>();

  beforeAll(() => {
    for (const name of names) {
      const config = tf.getGradient(name) as Watched;
      const { gradFunc } = config;
      const inputs = asked.get(name) ?? new Map<string, boolean>();
      before.set(name, gradFunc);
      asked.set(name, inputs);
      // In place, for a gradient that is not ours is put back when a backend is set.
      config.gradFunc = (...args) =>
        Object.fromEntries(
          Object.entries(gradFunc(...args)).map(([input, f]) => {
            if (!inputs.has(input)) inputs.set(input, false);
            const watched = () => {
              inputs.set(input, true);
              return f();
            };
            return [input, watched];
          }),
        );
    }
  });

  afterAll(() => {
    for (const [name, gradFunc] of before) (tf.getGradient(name) as Watched).gradFunc = gradFunc;
  });

  // Which gradients an operation runs is the same on webgpu as on cpu; everyGradient.test.ts has their values there, too.
  it.skipIf(!kernels || backend === 'webgpu')(
    'asks every registered gradient for the slope by every input',
    () => {
      for (const { draw, gradient, only = [backend] } of rows)
        if (gradient.includes(backend) && only.includes(backend))
          fc.sample(draw, { numRuns: 8, seed: 4 }).forEach((one, at) => {
            if (hasNumbers(one) && one.args.some(({ dtype }) => dtype === 'float32'))
              gradients(takeSample(one, at));
          });
      const missing = names.flatMap((name) => {
        const inputs = [...asked.get(name)!];
        if (inputs.length === 0) return [name];
        return inputs.flatMap(([input, is]) => (is ? [] : [`${name} by ${input}`]));
      });
      const known = [...neverRun, ...neverDifferentiated, ...notThere(backend)];
      expect(missing.filter((name) => !known.includes(name))).toEqual([]);
    },
  );
});

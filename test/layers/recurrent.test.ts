import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gru, lstm } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { leaves } from '../../src/tree/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { ordinary } from './support/ordinary.ts';
import { type Doubles, recurrentReference } from './support/recurrent.ts';
import { resolveSites } from './support/sites.ts';
import { size, uniform } from './support/sized.ts';

const key = random.key(0);
// A state of one tensor is one of two with the second left out.
const kinds = { lstm, gru: gru as unknown as typeof lstm };
type Kind = keyof typeof kinds;
const names = Object.keys(kinds).map((name) => [name as Kind]);

type Weights = Readonly<Record<string, { readonly value: tf.Tensor }>>;

const toDoubles = (params: Weights): Doubles =>
  Object.fromEntries(
    Object.entries(params).map(([name, { value }]) => [name, value.arraySync() as number[] | number[][]]),
  );

const stateSequence = (
  kind: Kind,
  shape: readonly number[],
  seed: number,
): Readonly<Record<string, tf.Tensor>> => ({
  hidden: uniform(shape, seed),
  ...(kind === 'lstm' ? { cell: uniform(shape, seed + 1) } : {}),
});

describeOnBackends('recurrent layers', () => {
  it.each(names)('%s equals its equations in doubles', (kind) => {
    const sizes = fc.record({
      inputs: size(3),
      hidden: size(3),
      batch: size(2),
      length: size(4),
      layers: size(2),
    });
    fc.assert(
      fc.property(
        sizes,
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        fc.nat(1000),
        (dims, bias, both, given, seed) => {
          tf.tidy(() => {
            const { inputs, hidden, batch, length, layers } = dims;
            const model = ordinary(
              kinds[kind](inputs, hidden, { numLayers: layers, bias, bidirectional: both }),
            );
            const params = model.init(random.key(seed)) as unknown as Weights;
            const x = uniform([batch, length, inputs], seed);
            const chains = layers * (both ? 2 : 1);
            const state = given ? stateSequence(kind, [chains, batch, hidden], seed) : undefined;
            const result = model.apply(params as never, key, x, { state } as never);
            const expected = recurrentReference(kind, toDoubles(params), {
              ...{ hidden, layers, bidirectional: both },
              x: x.arraySync() as number[][][],
              state: state && Object.values(state).map((each) => each.arraySync() as number[][][]),
            });
            expect(result.output.shape).toEqual([batch, length, hidden * (both ? 2 : 1)]);
            expectNumbers(values(result.output), expected.output);
            expect(result.state.hidden.shape).toEqual([chains, batch, hidden]);
            Object.values(result.state).forEach((each, i) => {
              expectNumbers(values(each as tf.Tensor), expected.states[i] as readonly number[]);
            });
          });
        },
      ),
      { numRuns: runs(20) },
    );
  });

  it.each(names)('%s continues from its state, and takes a sequence without a batch', (kind) => {
    tf.tidy(() => {
      const model = ordinary(kinds[kind](2, 3, { numLayers: 2 }));
      const params = model.init(key) as never;
      const x = uniform([4, 2], 1);
      const whole = model.apply(params, key, x);
      expect([whole.output.shape, whole.state.hidden.shape]).toEqual([
        [4, 3],
        [2, 3],
      ]);
      const first = model.apply(params, key, tf.slice(x, 0, 1));
      const rest = model.apply(params, key, tf.slice(x, 1), { state: first.state } as never);
      expectNumbers(values(tf.concat([first.output, rest.output], 0)), values(whole.output));
      expectNumbers(values(rest.state.hidden), values(whole.state.hidden));
      const batched = model.apply(params, key, tf.expandDims(x, 0));
      expectNumbers(values(batched.output), values(whole.output));
    });
  });

  it.each(names)('%s has the gradients of its input, its state and its weights', (kind) => {
    tf.tidy(() => {
      const model = ordinary(kinds[kind](2, 2, { bidirectional: true }));
      const params = model.init(key) as unknown as Weights;
      const x = uniform([1, 3, 2], 1);
      const state = stateSequence(kind, [2, 1, 2], 2);
      const f = (own: Weights, input: tf.Tensor, start: Readonly<Record<string, tf.Tensor>>) => {
        const result = model.apply(own as never, key, input, { state: start } as never);
        return tf.add(tf.sum(tf.square(result.output)), tf.sum(result.state.hidden));
      };
      const [starts, weights] = [Object.keys(state), Object.keys(params)];
      expectGradients(
        ([input, ...rest]) => {
          const start = Object.fromEntries(starts.map((name, i) => [name, rest[i]!]));
          const own = weights.map((name, i) => [name, { value: rest[starts.length + i]! }]);
          return f(Object.fromEntries(own) as Weights, input!, start);
        },
        [x, ...Object.values(state), ...Object.values(params).map(({ value }) => value)],
      );
    });
  });

  it('refuse inputs and states that do not fit, and leak no tensors', () => {
    const model = ordinary(lstm(2, 3));
    const params = model.init(key);
    const [x, bad, hidden] = [tf.ones([2, 4, 2]), tf.ones([2, 4, 3]), tf.ones([1, 2, 3])];
    expectNoLeak(() => model.apply(params, key, x));
    expectNoLeak(() => {
      expect(() => model.apply(params, key, bad)).toThrow(
        'lstm: input must be a tensor [batch, length, 2], or [length, 2] without a batch, got a float32 tensor of shape [2, 4, 3]',
      );
      expect(() => model.apply(params, key, x, { state: { hidden, cell: x } })).toThrow(
        'lstm: state.cell must be a tensor of shape [1, 2, 3], got a float32 tensor of shape [2, 4, 2]',
      );
      expect(() => model.apply(params, key, x, { state: { hidden } as never })).toThrow(
        /state\.cell must be/,
      );
    });
    tf.dispose([x, bad, hidden, ...leaves(params)]);
  });
});

describe('recurrent layers', () => {
  it('name their weights as PyTorch does, all with the fan-in of the state', () => {
    const sites = resolveSites(gru(2, 4, { numLayers: 2, bidirectional: true }));
    const place = (name: string) => [`weightIh${name}`, `weightHh${name}`, `biasIh${name}`, `biasHh${name}`];
    expect(sites.map(({ path }) => path.join('.'))).toEqual(
      ['L0', 'L0Reverse', 'L1', 'L1Reverse'].flatMap(place),
    );
    expect(sites.slice(8, 12).map(({ shape }) => shape)).toEqual([[8, 12], [4, 12], [12], [12]]);
    for (const { initialMean, fanIn } of sites) expect([initialMean, fanIn]).toEqual([{ bound: 0.5 }, 4]);
    expect(resolveSites(lstm(2, 4, { bias: false })).map(({ shape }) => shape)).toEqual([
      [2, 16],
      [4, 16],
    ]);
  });

  it('reject invalid sizes', () => {
    expect(() => lstm(0, 1)).toThrow('lstm: inputSize must be a positive integer, got 0');
    expect(() => gru(1, -1)).toThrow('gru: hiddenSize must be a positive integer, got -1');
    expect(() => gru(1, 1, { numLayers: 0 })).toThrow('gru: numLayers must be a positive integer, got 0');
    // @ts-expect-error: the batch axis is always the first
    expect(() => lstm(1, 1, { batchFirst: false })).toThrow("lstm: unknown option 'batchFirst'");
  });
});

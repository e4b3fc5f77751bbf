import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vmap } from '../../../src/vmap/index.ts';
import { batchingRules } from '../../../src/vmap/rules/batchingRules.ts';
import { describeOnBackends } from '../../support/backends.ts';
import { coverage } from '../coverage/coverage.ts';
import { kinds } from '../coverage/kinds.ts';
import { type Case, choices, insert, list, type Row, values } from '../support/againstLoop.ts';
import { rows as three } from '../support/fixtures.ts';
import { exportedFunctions, isOurs, namedKernels, unknownNamespaces } from './exportedOps.ts';
import { noOps, randomOps, refusedOps } from './notMapped.ts';
import { opName, rows } from './rows.ts';

describe('the tables of the conformance suite', () => {
  it('cover every function that tfjs-core exports, once', () => {
    const mapped = [...new Set(rows.map(opName))];
    const known = [...mapped, ...Object.keys(refusedOps), ...randomOps, ...noOps];
    expect(unknownNamespaces).toEqual([]);
    expect(exportedFunctions.filter((name) => !known.includes(name))).toEqual([]);
    const exists = (name: string): boolean =>
      exportedFunctions.includes(name) || namedKernels.includes(name) || isOurs(name);
    expect(known.filter((name) => !exists(name))).toEqual([]);
    expect(known.filter((name, at) => known.indexOf(name) !== at)).toEqual([]);
  });
});

describe('the registry of batching rules', () => {
  it('covers every kernel that tfjs-core names, once', () => {
    const known = coverage.map(({ kernel }) => kernel);
    expect(namedKernels.filter((kernel) => !known.includes(kernel))).toEqual([]);
    expect(known.filter((kernel) => !namedKernels.includes(kernel))).toEqual([]);
    expect(known.filter((kernel, at) => known.indexOf(kernel) !== at)).toEqual([]);
    const kernelsOfKinds = Object.values(kinds).flatMap(Object.keys);
    expect(kernelsOfKinds.sort()).toEqual(Object.keys(batchingRules).sort());
  });
});

/** How often each kernel runs while a function does, apart from those that take a batch apart and together. */
const countRuns = (f: () => unknown): ReadonlyMap<string, number> => {
  const engine = tf.engine() as unknown as { runKernel: (name: string, ...rest: unknown[]) => unknown };
  const { runKernel } = engine;
  const counts = new Map<string, number>();
  engine.runKernel = (name, ...rest) => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return runKernel.call(engine, name, ...rest);
  };
  try {
    tf.tidy(() => void f());
  } finally {
    Reflect.deleteProperty(engine, 'runKernel');
  }
  return counts;
};

type RunProgram = (
  program: { readonly outputShape: number[] },
  inputs: unknown,
  dtype: tf.DataType,
) => unknown;

interface Gpu {
  runWebGPUProgram?: RunProgram;
  readonly makeTensorInfo: (shape: number[], dtype: tf.DataType, values: unknown) => unknown;
}

/** Runs a function while programs for a GPU are not compiled and give zeros: which kernels run hangs on shapes alone. */
const withoutPrograms = <Y>(f: () => Y): Y => {
  const backend = tf.backend() as unknown as Gpu;
  if (backend.runWebGPUProgram === undefined) return f();
  backend.runWebGPUProgram = ({ outputShape }, _, dtype) =>
    backend.makeTensorInfo(
      outputShape,
      dtype,
      tf.util.makeZerosTypedArray(tf.util.sizeFromShape(outputShape), dtype as 'float32'),
    );
  try {
    return f();
  } finally {
    Reflect.deleteProperty(backend, 'runWebGPUProgram');
  }
};

/** The kernels of a row's function that run more often for more samples, with some argument batched. */
const loopedIn = ({ draw }: Row): readonly string[] =>
  fc.sample(draw, { numRuns: 3, seed: 5 }).flatMap(({ args, f }) =>
    choices(args.length).flatMap((mask) => {
      const inAxes = mask.map((is) => (is ? 0 : null));
      const runs = (size: number): ReadonlyMap<string, number> =>
        tf.tidy(() => {
          const tensors = args.map((arg, at) =>
            values(mask[at] ? insert(arg.shape, 0, size) : arg.shape, arg, at + 1),
          );
          const mapped = vmap((...one: tf.Tensor[]) => list(f(...one)), { inAxes });
          return countRuns(() => mapped(...tensors)) as never;
        });
      const few = runs(2);
      return [...runs(4)].flatMap(([kernel, count]) => (count > (few.get(kernel) ?? 0) ? [kernel] : []));
    }),
  );

describeOnBackends('every row of the conformance suite', (backend) => {
  const here = rows.filter(({ only }) => only === undefined || only.includes(backend));

  it('loops over the samples for the kernels listed in the registry, and no others', () => {
    const parts = ['Slice', 'Reshape', 'Pack'];
    const looped = new Set(withoutPrograms(() => here.flatMap(loopedIn)));
    const said = coverage.filter(({ how }) => how === 'loop' || how === 'partly').map(({ kernel }) => kernel);
    expect([...looped].filter((kernel) => !said.includes(kernel) && !parts.includes(kernel))).toEqual([]);
    if (backend === 'cpu') expect(said.filter((kernel) => !looped.has(kernel))).toEqual([]);
  });

  it.skipIf(backend !== 'cpu')('together run every kernel that has a rule', () => {
    const usedKernels = ({ draw }: Row): readonly string[] =>
      fc
        .sample(draw, { numRuns: 5, seed: 5 })
        .flatMap(({ args, f }) => [
          ...countRuns(() => f(...args.map((arg, at) => values(arg.shape, arg, at + 1)))).keys(),
        ]);
    // No backend has BroadcastTo, so nothing runs it outside of vmap.
    const run = new Set(here.filter((row) => opName(row) !== tf.BroadcastTo).flatMap(usedKernels));
    const mapped = coverage.filter(({ how }) => how !== 'refused' && how !== 'none');
    expect(mapped.map(({ kernel }) => kernel).filter((kernel) => !run.has(kernel))).toEqual([tf.BroadcastTo]);
  });

  const missing = here.filter(({ gradient, why }) => gradient.length === 0 && why === undefined);

  it.each(missing.map((row) => [row.name, row] as const))('%s has no gradient in tfjs', (_, { draw }) => {
    const [{ args, f }] = fc.sample(draw, { numRuns: 1, seed: 1 }) as [Case];
    const tensors = args.map((arg, at) => values(arg.shape, arg, at + 1));
    const floats = tensors.filter(({ dtype }) => dtype === 'float32');
    if (floats.length === 0) return;
    const total = (...given: tf.Tensor[]): tf.Tensor => {
      const rest = [...given];
      const outputs = list(f(...tensors.map((x) => (x.dtype === 'float32' ? rest.shift()! : x))));
      return outputs.map((one) => tf.sum(one)).reduce((sum, next) => tf.add(sum, next));
    };
    expect(() => tf.grads(total)(floats)).toThrow();
  });
});

describeOnBackends('operations that vmap refuses', () => {
  it.each(Object.entries(refusedOps))('%s', (name, { call }) => {
    const said = (run: () => unknown): string => {
      try {
        run();
        return 'nothing';
      } catch (error) {
        return String(error);
      }
    };
    const x = tf.concat([three(), three()], 1);
    expect(
      said(() => vmap((one: tf.Tensor) => call(one as tf.Tensor1D))(x)),
      name,
    ).toMatch(/^Error: vmap: /);
  });
});

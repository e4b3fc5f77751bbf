import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { type Backend, describeOnBackends, kernels } from '../support/backends.ts';
import { expectAllClose } from './support/againstLoop.ts';
import lines from './support/tfjsCases.jsonl?raw';

/** A tensor as it stands in the table; numbers that JSON does not have are strings. */
interface Values {
  readonly values: readonly (number | string)[];
  readonly shape: readonly number[];
  readonly dtype?: 'int32' | 'bool';
}

/** An argument of an op: a tensor, a number and the like, `{ record }` for a record of them, or a list of them. */
type Argument =
  | Values
  | { readonly record: Readonly<Record<string, Argument>> }
  | readonly Argument[]
  | unknown;

/** What one of tfjs-core's own tests expects of an op: its result for arguments, or its gradient for one of them and `dy`. */
interface Case {
  readonly op: string;
  readonly args: readonly Argument[];
  /** Which of several results it is about. */
  readonly out?: number | string;
  readonly gradient?: number;
  readonly dy?: Values;
  readonly expected: Values;
}

const cases = lines
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

const has = <K extends string>(name: K, value: unknown): value is Readonly<Record<K, unknown>> =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name);

const isTensor = (value: unknown): value is Values => has('values', value);

const toTensor = ({ values, shape, dtype }: Values): tf.Tensor =>
  tf.tensor(values.map(Number), [...shape], dtype ?? 'float32');

const tensorsIn = (value: Argument): readonly Values[] => {
  if (isTensor(value)) return [value];
  if (has('record', value)) return Object.values(value.record as object).flatMap(tensorsIn);
  return Array.isArray(value) ? value.flatMap(tensorsIn) : [];
};

/** The arguments as the op takes them, with these tensors in the places of those in the table. */
const filled = (value: Argument, rest: tf.Tensor[]): unknown => {
  if (isTensor(value)) return rest.shift();
  if (Array.isArray(value)) return value.map((one) => filled(one, rest));
  if (!has('record', value))
    return typeof value === 'string' && value.endsWith('Infinity') ? Number(value) : (value ?? undefined);
  const entries = Object.entries(value.record as Readonly<Record<string, Argument>>);
  return Object.fromEntries(entries.map(([name, one]) => [name, filled(one, rest)]));
};

type Op = (...args: readonly unknown[]) => tf.Tensor | Readonly<Record<string | number, tf.Tensor>>;

const opName = (name: string): Op => {
  const found = name
    .split('.')
    .reduce<unknown>((at, part) => (at as Readonly<Record<string, unknown>>)[part], tf);
  return found as Op;
};

/** The op of a case as a function of its tensors, and of `dy` where it is about a gradient. */
const lookUpFunction =
  ({ op, args, out, gradient }: Case) =>
  (...given: readonly tf.Tensor[]): tf.Tensor => {
    const tensors = gradient === undefined ? given : given.slice(0, -1);
    const run = (...inputs: readonly tf.Tensor[]): tf.Tensor => {
      const result = opName(op)(...(filled(args, [...inputs]) as readonly unknown[]));
      return out === undefined
        ? (result as tf.Tensor)
        : (result as Readonly<Record<string, tf.Tensor>>)[out]!;
    };
    if (gradient === undefined) return run(...tensors);
    const at = args.slice(0, gradient).flatMap(tensorsIn).length;
    const by = (x: tf.Tensor): tf.Tensor => run(...tensors.slice(0, at), x, ...tensors.slice(at + 1));
    return tf.grad(by)(tensors[at]!, given[given.length - 1]!);
  };

const fullName = ({ op, gradient }: Case): string => (gradient === undefined ? op : `gradient of ${op}`);

const SAMPLES = 3;

/** Every choice of mapped tensors that is looked at: all of them, and each alone. */
const choices = (count: number): readonly (readonly boolean[])[] => {
  const all = Array<boolean>(count).fill(true);
  return count === 1 ? [all] : [all, ...all.map((_, at) => all.map((__, other) => other === at))];
};

const stacked = (x: tf.Tensor): tf.Tensor => tf.stack(Array<tf.Tensor>(SAMPLES).fill(x));

const check = (one: Case): void => {
  const f = lookUpFunction(one);
  const tensors = [...one.args.flatMap(tensorsIn), ...(one.dy ? [one.dy] : [])].map(toTensor);
  const expected = toTensor(one.expected);
  const mapped = choices(tensors.length).map((choice) => {
    const inAxes = choice.map((is) => (is ? 0 : null));
    const args = tensors.map((x, at) => (choice[at] ? stacked(x) : x));
    return vmap(f, { inAxes })(...args);
  });
  expectAllClose([f(...tensors), ...mapped], [expected, ...mapped.map(() => stacked(expected))], 1e-3);
};

/** What needs a kernel that only this library has on wasm. */
const ours = [
  ...['gradient of conv1d', 'gradient of conv2d', 'gradient of gather'],
  ...['unsortedSegmentSum', 'gradient of unsortedSegmentSum'],
];

/** What needs a kernel that a backend does not have. */
const left: Readonly<Record<Backend, readonly string[]>> = {
  cpu: [],
  wasm: ['einsum', 'image.rgbToGrayscale', ...(kernels ? [] : ours)],
  webgpu: ['bitwiseAnd'],
};

/** Gradients that tfjs-core's own tests expect to be wrong; test/ops/gradients compares ours with central differences. */
const wrong = ['avgPool', 'max', 'min', 'mirrorPad'].map((op) => `gradient of ${op}`);

describeOnBackends("the cases of tfjs-core's own op tests, stacked", (backend) => {
  const here = cases.filter((one) => ![...left[backend], ...wrong].includes(fullName(one)));

  it.each([...new Set(here.map(fullName))])('%s', (name) => {
    // Kernels without a rule run once for each sample, and say so.
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    for (const one of here.filter((each) => fullName(each) === name)) {
      try {
        tf.tidy(() => {
          check(one);
        });
      } catch (error) {
        throw new Error(`${JSON.stringify(one)}: ${String(error)}`);
      }
    }
    warn.mockRestore();
  });

  it('cover more than 100 ops and the gradients of more than 75', () => {
    const names = [...new Set(here.map(fullName))];
    const gradients = names.filter((name) => name.startsWith('gradient of'));
    expect(gradients.length).toBeGreaterThan(75);
    expect(names.length - gradients.length).toBeGreaterThan(100);
  });
});

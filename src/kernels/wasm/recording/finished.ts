import { Add, BatchMatMul, Relu, util } from '@tensorflow/tfjs-core';
import { sameShape } from '../../../check/index.ts';
import { isOurs } from '../../../ops/registry.ts';
import { reluGradientKernel } from '../../../ops/relu.ts';
import type { Following } from '../products.ts';
import { type Call, type Data, listInputs, type View } from './trace.ts';

const named = ({ inputs }: Call, name: string): View | undefined =>
  (inputs as Readonly<Record<string, View | null | undefined>>)[name] ?? undefined;

/**
 * How many rows of a result each row of what is added to it belongs to; `undefined` if that is not so. A row is the last axis,
 * and one that is added belongs to all rows that share its place on the axes before.
 */
const rowsOfEach = (added: readonly number[], shape: readonly number[]): number | undefined => {
  const own = [...Array<number>(shape.length - added.length).fill(1), ...added];
  if (own.at(-1) !== shape.at(-1)) return undefined;
  const differs = own.findIndex((size, axis) => size !== shape[axis]);
  if (differs < 0) return 1;
  return own.slice(differs, -1).every((size) => size === 1)
    ? util.sizeFromShape(shape.slice(differs, -1))
    : undefined;
};

/** A product, with what follows it so far, and its place among all calls. */
interface Product {
  readonly call: Call;
  readonly at: number;
}

const sizeOf = ({ shape }: View): number => util.sizeFromShape([...shape]);

const isProduct = ({ name, inputs }: Call): boolean =>
  name === BatchMatMul && listInputs<View>(inputs).every(({ dtype }) => dtype === 'float32');

/** A call whose input is a product, as one with that product; `undefined` if it does something else. */
const joined = (product: Call, call: Call, input: View): Call | undefined => {
  const [before] = product.outputs;
  const [{ shape, dtype } = input] = call.outputs;
  const { rectified } = product.attrs as Following;
  const isLast = rectified === true || named(product, 'mask') !== undefined;
  if (isLast || dtype !== 'float32' || !sameShape(input.shape, shape)) return undefined;
  if (before!.shape.at(-1) !== shape.at(-1)) return undefined;
  const join = (inputs: Readonly<Record<string, View>>, attrs: Following): Call => ({
    ...{ name: BatchMatMul, run: product.run, outputs: call.outputs },
    inputs: { ...(product.inputs as Readonly<Record<string, View>>), ...inputs },
    attrs: { ...product.attrs, ...attrs, shape },
  });
  if (call.name === Relu) return join({}, { rectified: true });
  if (call.name === reluGradientKernel) {
    const mask = named(call, 'y');
    return named(call, 'dy') === input && mask?.dtype === dtype ? join({ mask }, {}) : undefined;
  }
  if (call.name !== Add || named(product, 'bias')) return undefined;
  const [bias] = listInputs<View>(call.inputs).filter((each) => each !== input);
  const every = bias?.dtype === dtype ? rowsOfEach(bias.shape, shape) : undefined;
  return every === undefined ? undefined : join({ bias: bias! }, { every });
};

/** For each piece of data the places of the calls that take it; results are taken after all calls. */
const placesOfUse = (
  calls: readonly Call[],
  results: readonly View[],
): ReadonlyMap<Data, readonly number[]> => {
  const uses = new Map<Data, number[]>();
  const use = (views: readonly View[], at: number): void => {
    for (const { data } of views) uses.set(data, [...(uses.get(data) ?? []), at]);
  };
  calls.forEach(({ inputs }, at) => {
    use(listInputs<View>(inputs), at);
  });
  use(results, calls.length);
  return uses;
};

/**
 * Calls where biases, rectifiers and the gradients of rectifiers that only meet the result of a product are part of that
 * product: one pass over memory in place of up to three. The bits are the same.
 */
export const finished = (calls: readonly Call[], results: readonly View[]): readonly Call[] => {
  if (![BatchMatMul, Add, Relu, reluGradientKernel].every((name) => isOurs(name, 'wasm'))) return calls;
  const uses = placesOfUse(calls, results);
  const made = new Map(calls.flatMap(({ outputs }, at) => outputs.map(({ data }) => [data, at] as const)));
  const products = new Map<Data, Product>();
  const after: (Call | undefined)[] = [...calls];
  /** Where a product goes that is joined with the call at a place: to its own, if all is there, or to the call's. */
  const placeOf = (
    { call: { inputs, outputs }, at }: Product,
    call: Call,
    until: number,
  ): number | undefined => {
    const given = listInputs<View>(call.inputs).map(({ data }) => data);
    if (given.every((data) => data === outputs[0]!.data || (made.get(data) ?? -1) < at)) return at;
    // There it must not hold more memory than its result would.
    const isHeld = ({ data }: View): boolean => data.kind === 'output' && uses.get(data)!.at(-1)! < until;
    const held = listInputs<View>(inputs).filter(isHeld).map(sizeOf);
    return held.reduce((a, b) => a + b, 0) <= sizeOf(outputs[0]!) ? until : undefined;
  };
  calls.forEach((call, at) => {
    const [join] = listInputs<View>(call.inputs).flatMap((input) => {
      const product = uses.get(input.data)!.length === 1 ? products.get(input.data) : undefined;
      const place = product && placeOf(product, call, at);
      const next = place === undefined ? undefined : joined(product!.call, call, input);
      return next ? [{ next, place: place!, from: product!.at }] : [];
    });
    if (join) {
      after[at] = undefined;
      after[join.from] = undefined;
      after[join.place] = join.next;
      made.set(join.next.outputs[0]!.data, join.place);
    }
    const next = join?.next ?? call;
    if (isProduct(next)) products.set(next.outputs[0]!.data, { call: next, at: join?.place ?? at });
  });
  return after.filter((call) => call !== undefined);
};

import type { DataId, DataType, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { inspectKernel } from '../../../ops/recording.ts';
import type { Attributes } from '../../kernel.ts';
import type { WasmBackend } from '../wasmBackend.ts';
import { finished } from './finished.ts';
import { type Call, type Data, listInputs, mapInputs, type Trace, type View } from './trace.ts';

/** A tensor whose data change from replay to replay. */
interface Cell extends TensorInfo {
  dataId: DataId;
}

/** Where the data of a trace are during a replay: `undefined` before they are made, and after they were last needed. */
export interface Place {
  id: DataId | undefined;
  /** The tensors that have these data, by their dtype and shape. */
  readonly cells: Map<string, Cell>;
}

/** A kernel to be run, and what becomes of its outputs. */
export interface Step {
  readonly run: KernelFunc;
  readonly call: Parameters<KernelFunc>[0];
  readonly shapes: readonly (readonly number[])[];
  /** Where the data of each output go; `undefined` if they are an input's. */
  readonly outputs: readonly (Place | undefined)[];
  /** What no later step needs. */
  readonly last: readonly Place[];
}

/** How to replay a trace. */
export interface Plan {
  readonly steps: readonly Step[];
  /** One for each piece of data. */
  readonly places: readonly Place[];
  /** The data that steps or results need. */
  readonly needed: readonly Data[];
}

/** Puts data in their place, for all tensors that have them. */
export const fill = (place: Place, id: DataId): void => {
  place.id = id;
  for (const cell of place.cells.values()) cell.dataId = id;
};

/** The data that a call makes, for each output: an output may also be data of an input. */
const madeBy = ({ inputs, outputs }: Call): readonly (Data | undefined)[] => {
  const given = new Set(listInputs<View>(inputs).map(({ data }) => data));
  return outputs.map(({ data }, at) =>
    given.has(data) || outputs.findIndex((other) => other.data === data) < at ? undefined : data,
  );
};

/**
 * The calls that results need, in order. A kernel is taken to have no effect but its results; the trace refuses those that write
 * over their inputs. So one that makes no data, such as a reshape, is left out: only its shape counts. What follows a product is
 * part of it where it can be.
 */
export const neededCalls = ({
  calls,
  results,
}: Trace): { readonly calls: readonly Call[]; readonly data: Set<Data> } => {
  const data = new Set(results.map((view) => view.data));
  const needed: Call[] = [];
  for (const call of [...calls].reverse()) {
    const isNeeded = call.name === inspectKernel || madeBy(call).some((made) => made && data.has(made));
    if (!isNeeded) continue;
    for (const view of listInputs<View>(call.inputs)) data.add(view.data);
    needed.unshift(call);
  }
  return { calls: finished(needed, results), data };
};

const undecided: DataId = {};

const cellIn = (places: readonly Place[], { data, shape, dtype }: View): Cell => {
  const { cells } = places[data.index]!;
  const name = `${dtype} ${shape.join()}`;
  const cell = cells.get(name) ?? { dataId: undecided, shape: [...shape], dtype: dtype as DataType };
  cells.set(name, cell);
  return cell;
};

/** For each call the data that it makes or takes and that nothing needs any more. */
const lastNeeded = (calls: readonly Call[], results: readonly View[]): readonly (readonly Data[])[] => {
  const kept = new Set(results.map(({ data }) => data));
  const last = new Map<Data, number>();
  calls.forEach((call, at) => {
    for (const { data } of [...listInputs<View>(call.inputs), ...call.outputs])
      if (data.kind === 'output' && !kept.has(data)) last.set(data, at);
  });
  return calls.map((_, at) => [...last].flatMap(([data, step]) => (step === at ? [data] : [])));
};

/**
 * The steps of a replay: the calls that results need, with cells in place of their tensors.
 *
 * @param attributes the attributes of a call in a replay
 */
export const makePlan = (
  backend: WasmBackend,
  trace: Trace,
  attributes: (call: Call) => Attributes,
): Plan => {
  const places = trace.data.map((): Place => ({ id: undefined, cells: new Map() }));
  const { calls, data } = neededCalls(trace);
  const placeFor = ({ index }: Data): Place => places[index]!;
  const last = lastNeeded(calls, trace.results);
  const steps = calls.map((call, at): Step => {
    const inputs = mapInputs((view: View) => cellIn(places, view))(call.inputs);
    return {
      run: call.run,
      call: { inputs, attrs: attributes(call), backend } as Step['call'],
      shapes: call.outputs.map(({ shape }) => shape),
      outputs: madeBy(call).map((made) => made && placeFor(made)),
      last: last[at]!.map(placeFor),
    };
  });
  return { steps, places, needed: [...data] };
};

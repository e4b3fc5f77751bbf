import {
  type DataId,
  type DataType,
  engine,
  getKernel,
  type KernelFunc,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { type Recordable, refuse } from '../../../ops/recording.ts';
import { keepingNone } from '../../keepingNone.ts';
import type { Attributes } from '../../kernel.ts';
import type { WasmBackend } from '../wasmBackend.ts';
import { type Content, type Watcher, watchEngine } from './watchedEngine.ts';

/** The data of tensors: an input's, made from values, there before, or a kernel's output. */
export interface Data {
  readonly index: number;
  readonly kind: 'input' | 'constant' | 'outside' | 'output';
  readonly id: DataId;
  /** The values of a constant. */
  readonly content?: Content;
}

/** A tensor: data with a shape and a dtype. */
export interface View {
  readonly data: Data;
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

type Named<A> = Readonly<Record<string, A | null | undefined>> | readonly A[];

/** A call of a kernel. */
export interface Call {
  readonly name: string;
  readonly run: KernelFunc;
  readonly inputs: Named<View>;
  readonly attrs: Attributes;
  /** Also those that are data of an input. */
  readonly outputs: readonly View[];
}

/** What a function does. */
export interface Trace {
  readonly calls: readonly Call[];
  readonly data: readonly Data[];
  readonly inputs: readonly Data[];
  readonly results: readonly View[];
  /** The constants whose values were read. */
  readonly read: ReadonlySet<Data>;
}

/** Applies a function to the inputs of a kernel. */
export const mapInputs =
  <A, B>(f: (input: A) => B) =>
  (inputs: Named<A>): Named<B> => {
    if (Array.isArray(inputs)) return inputs.map(f);
    const named = Object.entries(inputs as Readonly<Record<string, A | null | undefined>>);
    return Object.fromEntries(
      named.map(([name, input]) => [name, input === null || input === undefined ? input : f(input)]),
    ) as Named<B>;
  };

/** All inputs of a kernel that are given. */
export const listInputs = <A extends object>(inputs: Named<A>): readonly A[] =>
  Object.values(inputs as Readonly<Record<string, A | null | undefined>>).filter(
    (input): input is A => input !== null && input !== undefined,
  );

/** The kernels of TensorFlow.js whose results have a shape that depends on the values of their inputs. */
const shapedByValues: ReadonlySet<string> = new Set([
  ...['NonMaxSuppressionV3', 'NonMaxSuppressionV5', 'RaggedGather', 'RaggedRange', 'RaggedTensorToTensor'],
  ...['SparseFillEmptyRows', 'SparseReshape', 'SparseSegmentMean', 'SparseSegmentSum'],
  ...['StringNGrams', 'StringSplit', 'Unique'],
]);

/** A tensor with the values of another one, in data of its own. */
const copy = (backend: WasmBackend, x: Tensor): Tensor => {
  const id = backend.write(x.dataSync(), x.shape, x.dtype);
  return engine().makeTensorFromDataId(id, x.shape, x.dtype, backend);
};

/**
 * Runs a function, and writes down its kernels.
 *
 * @throws Error, a refusal, where the function reads the values of a tensor, keeps or writes over one, or has shapes that depend on
 * values; what the function throws
 */
export const trace = (backend: WasmBackend, like: readonly Tensor[], f: Recordable): Trace => {
  const calls: Call[] = [];
  const known = new Map<DataId, Data>();
  const failures: string[] = [];
  const read = new Set<Data>();
  const add = (id: DataId, kind: Data['kind'], content?: Data['content']): Data => {
    const data: Data = { index: known.size, kind, id, ...(content && { content }) };
    known.set(id, data);
    return data;
  };
  const viewed = ({ dataId, shape, dtype }: Tensor, kind: Data['kind']): View => {
    if (dtype === 'complex64' || dtype === 'string') failures.push(`it has a tensor of dtype ${dtype}`);
    return { data: known.get(dataId) ?? add(dataId, kind), shape, dtype };
  };
  let made: Pick<Trace, 'inputs' | 'results'> | undefined;
  // Nothing is returned from here: tfjs would look for tensors in it.
  const run = (): void => {
    const copies = like.map((x) => copy(backend, x));
    const inputs = copies.map(({ dataId }) => add(dataId, 'input'));
    const watcher: Watcher = {
      made: (id, content) => {
        add(id, 'constant', { ...content, values: content.values.slice() });
      },
      ran: (name, given, attrs, outputs) => {
        if (attrs.inPlace === true) failures.push('it writes over tensors');
        if (shapedByValues.has(name)) failures.push(`the shape of a result of ${name} depends on values`);
        calls.push({
          ...{ name, attrs, run: getKernel(name, 'wasm').kernelFunc },
          inputs: mapInputs((x: Tensor) => viewed(x, 'outside'))(given),
          outputs: outputs.map((x) => viewed(x, 'output')),
        });
      },
      reads: (id) => {
        const data = known.get(id);
        if (data?.kind === 'constant') read.add(data);
        else failures.push('it reads the values of a tensor');
      },
    };
    keepingNone(() =>
      watchEngine(backend, watcher, () => {
        const results = f(copies);
        made = { inputs, results: results.map((x) => viewed(x, 'outside')) };
      }),
    );
  };
  try {
    tidy(run);
  } finally {
    // Even if the function caught or failed by it.
    const [failure] = failures;
    if (failure !== undefined) refuse(failure);
  }
  return { ...made!, calls, data: [...known.values()], read };
};

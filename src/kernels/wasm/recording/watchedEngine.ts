import {
  type backend_util,
  type DataId,
  type DataType,
  engine,
  type KernelBackend,
  Tensor,
} from '@tensorflow/tfjs-core';
import type { Attributes } from '../../kernel.ts';
import { replacing } from '../../replacing.ts';

/** The inputs of a kernel, by name or in a list. */
export type KernelInputs = Readonly<Record<string, Tensor | null | undefined>> | readonly Tensor[];

/** The values that a tensor is made from. */
export interface Content {
  readonly shape: readonly number[];
  readonly dtype: DataType;
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** What happens while the engine is watched. */
export interface Watcher {
  /** A kernel has run. */
  readonly ran: (name: string, inputs: KernelInputs, attrs: Attributes, outputs: readonly Tensor[]) => void;
  /** A tensor was made from values. */
  readonly made: (id: DataId, content: Content) => void;
  /** The values of a tensor are read, unless by a kernel. It must not throw: what reads may not await. */
  readonly reads: (id: DataId) => void;
}

type Call = {
  readonly kernelName?: string;
  readonly inputs: KernelInputs;
  readonly attrs?: Attributes;
};

/** The parts of TensorFlow.js's engine that are watched. */
interface Engine {
  runKernelFunc: (call: Call) => Tensor | Tensor[];
}

/** The parts of the backend that are watched. */
interface Backend extends Pick<KernelBackend, 'read' | 'write'> {
  readSync: (id: DataId, ...range: readonly number[]) => backend_util.BackendValues;
}

/**
 * Runs a function, and reports the kernels that TensorFlow.js's engine runs, the tensors that are made from values, and reads of
 * values.
 */
export const watchEngine = (backend: KernelBackend, { made, ran, reads }: Watcher, f: () => void): void => {
  const home = engine() as unknown as Engine;
  const runKernelFunc = home.runKernelFunc.bind(home);
  // Kernels may run others, make tensors and read values: all of this they do again when they are replayed.
  let depth = 0;
  const watched: Engine = {
    runKernelFunc: (call) => {
      if (depth > 0 || call.kernelName === undefined) return runKernelFunc(call);
      depth += 1;
      try {
        const result = runKernelFunc(call);
        ran(call.kernelName, call.inputs, call.attrs ?? {}, result instanceof Tensor ? [result] : result);
        return result;
      } finally {
        depth -= 1;
      }
    },
  };
  const [write, readSync, read] = [
    backend.write.bind(backend),
    (backend as Backend).readSync.bind(backend),
    backend.read.bind(backend),
  ];
  const watchedBackend: Backend = {
    write: (values, shape, dtype) => {
      const id = write(values, shape, dtype);
      if (depth === 0 && values !== null) made(id, { shape, dtype, values: values as Content['values'] });
      return id;
    },
    readSync: (id, ...range) => {
      if (depth === 0) reads(id);
      return readSync(id, ...range);
    },
    read: (id) => {
      if (depth === 0) reads(id);
      return read(id);
    },
  };
  replacing(home, watched, () => replacing<Backend, void>(backend as Backend, watchedBackend, f));
};

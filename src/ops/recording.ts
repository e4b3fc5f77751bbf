import { engine, getBackend, getKernel, type KernelFunc, type Tensor } from '@tensorflow/tfjs-core';

/** The name of the kernel that records functions. Only webgpu has it: elsewhere nothing is gained by replaying. */
export const recordKernel = 'TfjsBayesianRecord';

/** A function of tensors. What it computes may depend on nothing else, unless on the run. */
export type Recordable = (inputs: readonly Tensor[]) => readonly Tensor[];

/** A pair of integers that both runs of a function uploaded, but with other values. */
export interface Varying {
  readonly first: readonly [number, number];
  readonly second: readonly [number, number];
}

/** The commands of a function, for inputs of certain shapes and dtypes. */
export interface Recording {
  /** The pairs of integers in which two runs differ, such as the words of keys. */
  readonly varying: readonly Varying[];
  /**
   * What the function returns for other inputs, and for other values of the varying pairs, in their order. The caller owns the
   * results. `undefined` if a cast is pending for an input that was not when it was recorded, or the other way about.
   */
  readonly replay: (inputs: readonly Tensor[], words: Int32Array) => readonly Tensor[] | undefined;
  /** The memory that it holds on the device: none until it is first replayed. */
  readonly bytes: () => number;
  /** Frees the memory on the device. */
  readonly dispose: () => void;
}

/** The attributes of the kernel. */
export interface RecordAttributes {
  /** Their shapes and dtypes are recorded, not their values. */
  readonly inputs: readonly Tensor[];
  /** Two runs of the same function. */
  readonly runs: readonly [Recordable, Recordable];
}

/**
 * Records a function on the current backend: runs it twice without computing anything. `undefined` on a backend that records
 * nothing.
 *
 * @throws Error where the runs differ in more than pairs of integers, or the function reads values or keeps tensors;
 * what the function throws
 * @example
 * record({ inputs: [x], runs: [([x]) => [tf.exp(x!)], ([x]) => [tf.exp(x!)]] })?.replay([x], new Int32Array(0));
 */
export const record = (attrs: RecordAttributes): Recording | undefined => {
  const kernel = getKernel(recordKernel, getBackend());
  const call = { inputs: {}, attrs, backend: engine().backend };
  return kernel?.kernelFunc(call as unknown as Parameters<KernelFunc>[0]) as unknown as Recording | undefined;
};

/** Whether the current backend records functions. */
export const canRecord = (): boolean => getKernel(recordKernel, getBackend()) !== undefined;

/**
 * Refuses a recording whose two runs differ in what a replay could not change.
 *
 * @throws Error always
 * @example
 * runsDiffer('the programs');
 */
export const runsDiffer = (what: string): never => {
  throw new Error(`two runs of it with other keys differ: in ${what}`);
};

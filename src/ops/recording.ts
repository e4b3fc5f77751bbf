import { engine, type Tensor } from '@tensorflow/tfjs-core';

/**
 * The name of the kernel that hands the values of the float32 or integer tensor `x` to the function `inspect`, and has no
 * result. It is there to be recorded: a replay inspects its own values.
 */
export const inspectKernel = 'TfjsBayesianInspect';

/** The attributes of the kernel that inspects values. */
export interface InspectAttributes {
  /** It throws if the values are wrong. */
  readonly inspect: (values: ArrayLike<number>) => void;
}

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
   * results. `undefined` if a cast is pending on webgpu for an input that was not when it was recorded, or the other way about.
   *
   * @throws Error, a refusal, if a shape turns out to depend on values; what the kernels throw
   */
  readonly replay: (inputs: readonly Tensor[], words: Int32Array) => readonly Tensor[] | undefined;
  /** The memory that it holds on the device: none until it is first replayed. */
  readonly bytes: () => number;
  /** Frees the memory on the device. */
  readonly dispose: () => void;
}

/** Two runs of one function, with other keys. */
export type Runs = readonly [Recordable, Recordable];

/**
 * Refuses a recording: the function can only be run as it is.
 *
 * @throws Error always, for which `isRefusal` holds
 * @example
 * refuse('it keeps tensors');
 */
export const refuse = (why: string): never => {
  throw Object.assign(new Error(why), { isRefusal: true });
};

/** Whether an error says that a function cannot be recorded, and not that it failed. */
export const isRefusal = (error: unknown): error is Error => error instanceof Error && 'isRefusal' in error;

/**
 * Refuses a recording whose two runs differ in what a replay could not change.
 *
 * @throws Error always, for which `isRefusal` holds
 * @example
 * runsDiffer('the programs');
 */
export const runsDiffer = (what: string): never =>
  refuse(`two runs of it with other keys and steps differ: in ${what}`);

const flag = 'tfjs-bayesian/recording';

/** Stored on the engine, which all loaded copies of this library share. */
const home = () => engine() as ReturnType<typeof engine> & { [flag]?: boolean };

/**
 * Runs a function while `isRecording()` holds.
 *
 * @example
 * whileRecording(isRecording); // true
 */
export const whileRecording = <Y>(f: () => Y): Y => {
  const before = isRecording();
  home()[flag] = true;
  try {
    return f();
  } finally {
    home()[flag] = before;
  }
};

/**
 * Whether a function is being recorded: nothing may then depend on the values of tensors but what kernels compute.
 *
 * @example
 * isRecording(); // false
 */
export const isRecording = (): boolean => home()[flag] ?? false;

import { getKernel, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';

/** Attributes of which nothing more is known. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A call of a kernel on a backend, with its attributes. */
export interface KernelCall<B, A = Attributes> {
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: A;
  readonly backend: B;
}

/** One of our kernels: it stands in for tfjs's of the same name, and may hand a call on to that. */
export interface Kernel<B, A = Attributes, Y = TensorInfo | TensorInfo[]> {
  readonly name: string;
  // A method, so that kernels of different attributes stand in one list.
  run(call: KernelCall<B, A>, stock: (call: KernelCall<B, A>) => TensorInfo): Y;
}

/** A kernel in the form that tfjs registers. */
export const kernelFunc =
  <B>(backendName: string) =>
  ({ name, run }: Kernel<B, object>, stock: KernelFunc | undefined): KernelFunc =>
  (given) => {
    const handOn = (call: KernelCall<B, object>): TensorInfo => {
      if (stock === undefined)
        throw new Error(`${name} on the ${backendName} backend does not take these inputs`);
      return stock(call as Parameters<KernelFunc>[0]) as TensorInfo;
    };
    return run(given as KernelCall<B, object>, handOn);
  };

type Inputs = Readonly<Record<string, TensorInfo>> | readonly TensorInfo[];

/** Runs another kernel of a backend on intermediate data, of which nobody but the calling kernel knows. */
export const stepOn =
  (backendName: string) =>
  (
    name: string,
    inputs: Inputs,
    { backend }: { readonly backend: object },
    attrs: Attributes = {},
  ): TensorInfo => {
    const kernel = getKernel(name, backendName);
    if (kernel === undefined) throw new Error(`The ${backendName} backend has no kernel ${name}`);
    const call = { inputs, attrs, backend };
    return kernel.kernelFunc(call as Parameters<KernelFunc>[0]) as TensorInfo;
  };

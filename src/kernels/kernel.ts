import { getKernel, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';

/** Attributes of unknown type. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A call of a kernel on a backend, with its attributes. */
export interface KernelCall<B, A = Attributes> {
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: A;
  readonly backend: B;
}

/** One of our kernels: it replaces tfjs's of the same name, and may call it. */
export interface Kernel<B, A = Attributes, Y = TensorInfo | TensorInfo[]> {
  readonly name: string;
  // A method, so that kernels with different attributes fit in one list.
  run(call: KernelCall<B, A>, stock: (call: KernelCall<B, A>) => TensorInfo): Y;
}

/** A kernel in the form that tfjs registers. */
export const kernelFunc =
  <B>(backendName: string) =>
  ({ name, run }: Kernel<B, object>, stock: KernelFunc | undefined): KernelFunc =>
  (given) => {
    const callStock = (call: KernelCall<B, object>): TensorInfo => {
      if (stock === undefined)
        throw new Error(`${name} on the ${backendName} backend does not support these inputs`);
      return stock(call as Parameters<KernelFunc>[0]) as TensorInfo;
    };
    return run(given as KernelCall<B, object>, callStock);
  };

/** What is done around a kernel, ours or tfjs's. */
export interface Wrapper {
  readonly name: string;
  readonly wrap: (run: KernelFunc) => KernelFunc;
}

type Inputs = Readonly<Record<string, TensorInfo>> | readonly TensorInfo[];

/** Runs another kernel of a backend on intermediate data of the calling kernel. */
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

import { Softmax, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { labelLogProbKernels } from '../../ops/labelLogProbs.ts';
import { softmaxGradientKernel } from '../../ops/softmax.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The rows and columns of a tensor whose last axis is that of the columns. */
const matrix = ({ shape }: TensorInfo): readonly [rows: number, columns: number] => {
  const columns = shape.at(-1) ?? 1;
  return [columns === 0 ? 0 : util.sizeFromShape(shape) / columns, columns];
};

const addresses = <N extends readonly number[]>(
  backend: WasmBackend,
  ...tensors: readonly (TensorInfo | undefined)[]
): N => tensors.map((tensor) => tensorAddress(backend, tensor!)) as readonly number[] as N;

type Two = readonly [number, number];
type Three = readonly [number, number, number];
type Five = readonly [number, number, number, number, number];
type Six = readonly [number, number, number, number, number, number];

/** The softmax over the last axis, four numbers at a time. */
const softmax: WasmKernel<{ readonly dim: number }> = {
  name: Softmax,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const x = inputs.logits!;
    if (x.dtype !== 'float32' || attrs.dim !== x.shape.length - 1) return stock(call);
    const out = backend.makeOutput(x.shape, 'float32');
    const module = kernelModule(backend);
    withScratch(backend, module.softmaxScratch(), (scratch) =>
      module.softmax(...matrix(x), ...addresses<Two>(backend, x, out), scratch),
    );
    return out;
  },
};

/** Its gradient; see `softmaxGradientKernel`. */
const softmaxGradient: WasmKernel<object, TensorInfo> = {
  name: softmaxGradientKernel,
  run: ({ inputs, backend }) => {
    const { y, dy } = inputs;
    const out = backend.makeOutput(y!.shape, 'float32');
    kernelModule(backend).softmaxGradient(...matrix(y!), ...addresses<Three>(backend, y, dy, out));
    return out;
  },
};

/** The log-softmax at labels; see `labelLogProbKernels`. */
const labelLogProbs: WasmKernel<object, TensorInfo[]> = {
  name: labelLogProbKernels.forward,
  run: ({ inputs, backend }) => {
    const { logits, labels } = inputs;
    const sizes = matrix(logits!);
    const outputs = [1, 2, 3].map(() => backend.makeOutput(labels!.shape, 'float32'));
    const module = kernelModule(backend);
    withScratch(backend, module.softmaxScratch(), (scratch) =>
      module.labelLogProbs(...sizes, ...addresses<Five>(backend, logits, labels, ...outputs), scratch),
    );
    return outputs;
  },
};

/** The gradient of the logits. */
const labelLogProbsGradient: WasmKernel<object, TensorInfo> = {
  name: labelLogProbKernels.gradient,
  run: ({ inputs, backend }) => {
    const { dy, logits, labels, largest, logSum } = inputs;
    const out = backend.makeOutput(logits!.shape, 'float32');
    const module = kernelModule(backend);
    const tensors = addresses<Six>(backend, dy, logits, labels, largest, logSum, out);
    withScratch(backend, module.softmaxScratch(), (scratch) =>
      module.labelLogProbsGradient(...matrix(logits!), ...tensors, scratch),
    );
    return out;
  },
};

/** The softmax and its logarithm at labels, with their gradients. */
export const softmaxes: readonly WasmKernel<object>[] = [
  softmax,
  softmaxGradient,
  labelLogProbs,
  labelLogProbsGradient,
];

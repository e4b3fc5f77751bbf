import { Softmax, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { labelLogProbKernels } from '../../ops/labelLogProbs.ts';
import { softmaxGradientKernel } from '../../ops/softmax.ts';
import { kernelModule } from './kernelModule.ts';
import { cut, partCount, type Range, runParts, runPartsWithScratch } from './threads/parts.ts';
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

/** The fewest numbers of a part. */
const FEWEST = 8192;

/** Ranges of rows. */
const inRows = (backend: WasmBackend, [rows, columns]: readonly [number, number]): readonly Range[] =>
  cut(rows, partCount(backend, rows * columns, FEWEST), 1);

/** The softmax over the last axis, four numbers at a time. */
const softmax: WasmKernel<{ readonly dim: number }> = {
  name: Softmax,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const x = inputs.logits!;
    if (x.dtype !== 'float32' || attrs.dim !== x.shape.length - 1) return stock(call);
    const out = backend.makeOutput(x.shape, 'float32');
    const [[, columns], [from, to]] = [matrix(x), addresses<Two>(backend, x, out)];
    runPartsWithScratch(
      backend,
      'softmax',
      kernelModule(backend).softmaxScratch(),
      inRows(backend, matrix(x)).map(([first, last]) => {
        const skipped = 4 * first * columns;
        return [last - first, columns, from + skipped, to + skipped] as const;
      }),
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
    const [[, columns], tensors] = [matrix(y!), addresses<Three>(backend, y, dy, out)];
    runParts(
      backend,
      'softmaxGradient',
      inRows(backend, matrix(y!)).map(([first, last]) => {
        const [from, slopes, to] = tensors.map((address) => address + 4 * first * columns) as [
          number,
          number,
          number,
        ];
        return [last - first, columns, from, slopes, to] as const;
      }),
    );
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
    const [from, of, to, largest, sums] = addresses<Five>(backend, logits, labels, ...outputs);
    runPartsWithScratch(
      backend,
      'labelLogProbs',
      kernelModule(backend).softmaxScratch(),
      inRows(backend, sizes).map(([first, last]) => {
        const own = 4 * first;
        return [
          ...([last - first, sizes[1], from + own * sizes[1]] as const),
          ...([of + own, to + own, largest + own, sums + own] as const),
        ] as const;
      }),
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
    const tensors = addresses<Six>(backend, dy, logits, labels, largest, logSum, out);
    const [slopes, from, of, most, sums, to] = tensors;
    const [, classes] = matrix(logits!);
    runPartsWithScratch(
      backend,
      'labelLogProbsGradient',
      kernelModule(backend).softmaxScratch(),
      inRows(backend, matrix(logits!)).map(([first, last]) => {
        const own = 4 * first;
        return [
          ...([last - first, classes, slopes + own, from + own * classes] as const),
          ...([of + own, most + own, sums + own, to + own * classes] as const),
        ] as const;
      }),
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

import '../../support/backends.ts';
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { type KernelModule, kernelModule } from '../../../src/kernels/wasm/kernelModule.ts';
import { type WasmBackend, wasmMemory } from '../../../src/kernels/wasm/wasmBackend.ts';
import { numbers } from './support.ts';

let backend: WasmBackend;
beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
  backend = tf.backend() as unknown as WasmBackend;
});

/** A call of a kernel on pieces of so many numbers that follow each other, the last of which it writes. */
interface Call {
  readonly pieces: readonly number[];
  readonly written: number;
  readonly run: (module: KernelModule, addresses: readonly number[]) => void;
}

const size = fc.integer({ min: 1, max: 7 });

const rows = fc
  .record({ windows: size, taps: size, channels: size, length: fc.nat(12), stride: size, pad: fc.nat(9) })
  .chain((row) => fc.tuple(fc.constant(row), size, size));

type Eight = readonly [number, number, number, number, number, number, number, number];

/** Numbers of scratch, which a kernel may write as it likes. */
const scratchNumbers = (): number => Math.ceil(kernelModule(backend).normalDrawScratch() / 4);

/** Weights, keys and the numbers that their sums take. */
const drawing = fc.record({ count: fc.nat(30), keys: fc.integer({ min: 1, max: 3 }) }).map((sizes) => ({
  ...sizes,
  sums: kernelModule(backend).normalDrawSums(sizes.count, sizes.keys) / 4,
}));

/** Products of rows and draws, and the numbers of their scratch. */
const drawnRows = fc
  .record({
    ...{ rows: size, depth: size, columns: fc.constantFrom(8, 16, 40) },
    ...{ keys: fc.integer({ min: 1, max: 3 }), shared: fc.boolean() },
  })
  .map((sizes) => ({ ...sizes, scratch: Math.ceil(kernelModule(backend).drawnProductScratch() / 4) }));

/** Rows, positions, groups, channels in each, and whether each row has its own weights. */
const norms = fc
  .record({
    ...{ count: fc.nat(3), positions: fc.nat(12), own: fc.boolean(), centred: fc.boolean() },
    ...{ groups: fc.integer({ min: 1, max: 3 }), depth: fc.integer({ min: 1, max: 4 }) },
  })
  .map(({ count, positions, groups, depth, own, centred }) => {
    const [channels, scratch] = [
      groups * depth,
      Math.ceil(kernelModule(backend).groupNormScratch(groups * depth) / 4),
    ];
    const [image, weights, moments] = [
      count * positions * channels,
      (own ? count : Math.min(count, 1)) * channels,
      count * groups,
    ];
    const sizes = [count, positions, channels, groups, own ? 1 : Math.max(1, count)] as const;
    return { sizes, centred, image, weights, moments, scratch };
  });

/** Rows, positions, channels, and numbers of scratch. */
const moments = fc
  .tuple(fc.nat(3), fc.nat(12), fc.integer({ min: 1, max: 20 }))
  .map(
    ([rows, positions, channels]) =>
      [rows, positions, channels, Math.ceil(kernelModule(backend).momentsScratch(channels) / 4)] as const,
  );

/** Rows, columns, and numbers of scratch. */
const logitRows = fc
  .tuple(fc.nat(4), fc.integer({ min: 1, max: 30 }))
  .map(([rows, columns]) => [rows, columns, Math.ceil(kernelModule(backend).softmaxScratch() / 4)] as const);

/** Max pooling of images by windows of any size, which may cover padding alone, and the numbers of both. */
const pools = fc
  .record({
    ...{ count: fc.nat(2), channels: size, height: size, width: fc.nat(9) },
    ...{ tapRows: fc.integer({ min: 1, max: 3 }), tapColumns: fc.integer({ min: 1, max: 3 }) },
    ...{ strideRows: fc.integer({ min: 1, max: 3 }), strideColumns: fc.integer({ min: 1, max: 3 }) },
    ...{ top: fc.nat(4), left: fc.nat(4), rows: size, columns: size },
  })
  .map(({ count, channels, height, width, rows, columns, top, left, ...windows }) => {
    const { tapRows, tapColumns, strideRows, strideColumns } = windows;
    const taps = [tapRows, tapColumns, strideRows, strideColumns] as const;
    return {
      sizes: [count, channels, height, width, rows, columns, ...taps, top, left] as const,
      image: count * height * width * channels,
      result: count * rows * columns * channels,
      apart: strideRows >= tapRows && strideColumns >= tapColumns,
    };
  });

/** Numbers, and repetitions of noise on each. */
const noises = fc.tuple(fc.nat(30), fc.constantFrom(1, 2, 5, 66));

/** The numbers of a step of ivon. */
const stepNumbers = [0.1, 1e-23, 0.5, 1, 0.1, 1, 999] as const;

/** Two square images under windows of two by two, with the plans of their convolution. */
const images = fc
  .record({ side: fc.integer({ min: 2, max: 4 }), channels: size, filters: size })
  .map(({ side, channels, filters }) => {
    const windows = (side - 1) ** 2;
    const lanes = Math.ceil(channels / 8) * 8;
    const planFor = (numbers: number): readonly number[] => {
      const at = (y: number, x: number): number => (y * side + x) * numbers * 4;
      const starts = Array.from({ length: windows }, (_, window) =>
        at(Math.floor(window / (side - 1)), window % (side - 1)),
      );
      const head = [
        ...[1, side, side, 1, side, side, 0, 0, 0, channels, channels, filters, filters],
        ...[windows, 4, 2, 2 * numbers, side * side * numbers * 4, 2],
      ];
      const tables = [...starts, 0, at(1, 0), 0, at(0, 1), at(1, 0), at(1, 1)];
      return [...head, ...Array<number>(32 - head.length).fill(0), ...tables];
    };
    return {
      ...{ x: 2 * side * side * channels, y: 2 * windows * filters, filter: 4 * channels * filters },
      ...{ plan: planFor(channels), planByInput: planFor(lanes) },
      scratch: side * side * 8 + windows * 9 + 8 + 3 * 2 * 16 * 8 + 256,
    };
  });

const convolving = (
  { plan, scratch }: { readonly plan: readonly number[]; readonly scratch: number },
  first: number,
  second: number,
  result: number,
) => ({ pieces: [first, second, plan.length, result, scratch], written: 3 });

/** Writes the plan of a convolution. */
const written = (address: number, plan: readonly number[]): number => {
  new Uint32Array(wasmMemory(backend).buffer, address, plan.length).set(plan);
  return address;
};

const calls: Readonly<Record<string, fc.Arbitrary<Call>>> = {
  convolution: images.map((image) => ({
    ...convolving(image, image.x, image.filter, image.y),
    run: ({ convolution }, [x, filter, plan, y, scratch]) =>
      convolution(0, 2, written(plan!, image.plan), x!, filter!, 0, y!, scratch!),
  })),
  convolutionByInput: images.map((image) => ({
    ...convolving(image, image.y, image.filter, image.x),
    run: ({ convolutionByInput }, [dy, filter, plan, dx, scratch]) =>
      convolutionByInput(0, 2, written(plan!, image.planByInput), dy!, filter!, dx!, scratch!),
  })),
  convolutionByFilter: images.map((image) => ({
    ...convolving(image, image.x, image.y, image.filter),
    run: ({ convolutionByFilter }, [x, dy, plan, dFilter, scratch]) =>
      convolutionByFilter(0, 2, written(plan!, image.plan), x!, dy!, dFilter!, scratch!),
  })),
  fillRows: rows.map(([{ windows, channels }, more]) => ({
    pieces: [channels, windows * (channels + more)],
    written: 1,
    run: ({ fillRows }, [row, out]) => fillRows(windows, channels, (channels + more) * 4, row!, out!),
  })),
  depthwiseFilterRow: rows.map(([{ windows, taps, channels, length, stride, pad }, many, dilation]) => ({
    pieces: [length * channels, windows * channels * many, taps * channels * many],
    written: 1,
    run: ({ depthwiseFilterRow }, [image, dy, filter]) =>
      depthwiseFilterRow(windows, taps, channels, many, length, stride, dilation, pad, image!, dy!, filter!),
  })),
  depthwiseRow: rows.map(([{ windows, taps, channels, length, stride, pad }, many, dilation]) => ({
    pieces: [length * channels, taps * channels * many, windows * channels * many],
    written: 1,
    run: ({ depthwiseRow }, [image, filter, out]) =>
      depthwiseRow(windows, taps, channels, many, length, stride, dilation, pad, image!, out!, filter!),
  })),
  depthwiseInputRow: rows.map(([{ windows, taps, channels, length, stride, pad }, many, dilation]) => ({
    pieces: [windows * channels * many, taps * channels * many, length * channels],
    written: 1,
    run: ({ depthwiseInputRow }, [dy, filter, image]) =>
      depthwiseInputRow(windows, taps, channels, many, length, stride, dilation, pad, image!, dy!, filter!),
  })),
  avgPoolGradient: pools.map(({ sizes, image, result }) => ({
    pieces: [result, image],
    written: 1,
    run: ({ avgPoolGradient }, [dy, dx]) => avgPoolGradient(...sizes, dy!, dx!),
  })),
  maxPool: pools.map(({ sizes, image, result }) => ({
    pieces: [image, result],
    written: 1,
    run: ({ maxPool }, [x, out]) => maxPool(...sizes, Number.NEGATIVE_INFINITY, x!, out!),
  })),
  maxPoolGradient: pools.map(({ sizes, image, result, apart }) => ({
    pieces: [image, result, result, image],
    written: 1,
    run: ({ maxPoolGradient }, [x, y, dy, dx]) => maxPoolGradient(...sizes, x!, y!, dy!, dx!, apart, false),
  })),
  segmentSum: fc.tuple(size, size, size).map(([count, depth, segments]) => ({
    pieces: [count, count * depth, segments * depth, segments],
    written: 2,
    // Arbitrary numbers for segments: all of them out of range, or 0.
    run: ({ longSegments, segmentSum }, [ids, x, out, slots]) => {
      const long = longSegments(count, segments, ids!, slots!);
      segmentSum(count, depth, segments, ids!, x!, out!, long, slots!, 0);
    },
  })),
  groupNorm: norms.map(({ sizes, centred, image, weights, moments, scratch }) => ({
    pieces: [image, weights, weights, image, moments, moments, scratch],
    written: 4,
    run: ({ groupNorm }, at) => {
      const [x, weight, bias, out, mean, inverse, spare] = at as Eight;
      groupNorm(...sizes, centred, 0.1, x, weight, bias, out, mean, inverse, spare);
    },
  })),
  groupNormGradient: norms.map(({ sizes, centred, image, weights, moments, scratch }) => ({
    pieces: [image, image, weights, moments, moments, image, weights, weights, scratch],
    written: 4,
    run: ({ groupNormGradient }, at) => {
      const [dy, x, weight, mean, inverse, dx, dWeight, dBias] = at as Eight;
      groupNormGradient(...sizes, centred, dy, x, weight, mean, inverse, dx, dWeight, dBias, at[8]!);
    },
  })),
  moments: moments.map(([rows, positions, channels, scratch]) => ({
    pieces: [rows * positions * channels, 2 * rows * channels, scratch],
    written: 2,
    run: ({ moments: kernel }, [x, out, spare]) => kernel(rows, positions, channels, x!, out!, spare!),
  })),
  momentsGradient: moments.map(([rows, positions, channels, scratch]) => ({
    pieces: [
      ...[2 * rows * channels, rows * positions * channels],
      ...[2 * rows * channels, rows * positions * channels, scratch],
    ],
    written: 2,
    run: ({ momentsGradient }, at) => {
      const [dy, x, found, dx, spare] = at as Eight;
      momentsGradient(rows, positions, channels, dy, x, found, dx, spare);
    },
  })),
  softmax: logitRows.map(([rows, columns, scratch]) => ({
    pieces: [rows * columns, rows * columns, scratch],
    written: 2,
    run: ({ softmax }, [x, out, spare]) => softmax(rows, columns, x!, out!, spare!),
  })),
  softmaxGradient: logitRows.map(([rows, columns]) => ({
    pieces: Array<number>(3).fill(rows * columns),
    written: 1,
    run: ({ softmaxGradient }, [y, dy, out]) => softmaxGradient(rows, columns, y!, dy!, out!),
  })),
  labelLogProbs: logitRows.map(([rows, classes, scratch]) => ({
    // Arbitrary numbers for labels: all of them out of range, or 0.
    pieces: [rows * classes, rows, rows, rows, rows, scratch],
    written: 4,
    run: ({ labelLogProbs }, at) => {
      const [x, labels, out, largest, logSums, spare] = at as Eight;
      labelLogProbs(rows, classes, x, labels, out, largest, logSums, spare);
    },
  })),
  labelLogProbsGradient: logitRows.map(([rows, classes, scratch]) => ({
    pieces: [rows, rows * classes, rows, rows, rows, rows * classes, scratch],
    written: 2,
    run: ({ labelLogProbsGradient }, at) => {
      const [dy, x, labels, largest, logSums, dx, spare] = at as Eight;
      labelLogProbsGradient(rows, classes, dy, x, labels, largest, logSums, dx, spare);
    },
  })),
  cholesky: fc.nat(7).map((n) => ({
    pieces: [n * n, n * n, 2 * n * n],
    written: 2,
    run: ({ cholesky }, [a, out, scratch]) => void cholesky(n, a!, out!, scratch!),
  })),
  triangularSolve: fc
    .tuple(fc.nat(7), fc.nat(5), fc.boolean(), fc.boolean())
    .map(([n, columns, transposed, unit]) => ({
      pieces: [n * n, n * columns, n * columns, 2 * n * columns],
      written: 2,
      run: ({ triangularSolve }, [lower, right, out, scratch]) =>
        triangularSolve(n, columns, transposed, unit, lower!, right!, out!, scratch!),
    })),
  adam: fc.tuple(fc.nat(30), fc.boolean()).map(([count, moves]) => ({
    pieces: Array<number>(7).fill(count),
    written: 3,
    run: ({ adam }, [m, v, g, params, nextM, nextV, result]) =>
      adam(
        ...([count, m!, v!, g!, nextM!, nextV!, result!, moves ? params! : 0] as const),
        ...([0.1, 0.001, 1e-23, 1e-30, 1, 1e-8, -0.01] as const),
      ),
  })),
  ivon: fc.tuple(fc.nat(30), fc.boolean()).map(([count, moves]) => ({
    pieces: [...Array<number>(8).fill(count), 1, Math.ceil(kernelModule(backend).ivonScratch() / 4)],
    written: 5,
    run: ({ ivon }, at) => {
      const [params, momentum, dMean, dLogStd, logStd, next, mean, spread] = at as Eight;
      const [lost, scratch] = at.slice(8) as [number, number];
      const outputs = [next, mean, spread, moves ? params : 0] as const;
      ivon(count, momentum, dMean, dLogStd, logStd, ...outputs, ...stepNumbers, lost, scratch);
    },
  })),
  drawnProduct: drawnRows.map(({ rows, depth, columns, keys, shared, scratch }) => ({
    pieces: [
      ...[2 * keys, (shared ? 1 : keys) * rows * depth, depth * columns, depth * columns],
      ...[keys * rows * columns, scratch],
    ],
    written: 2,
    run: ({ drawnProduct }, at) => {
      const [words, x, mean, logStd, out, own] = at as Eight;
      const sizes = [0, columns, rows, columns, depth, keys] as const;
      drawnProduct(...sizes, words, x, shared ? 0 : 4 * rows * depth, mean, logStd, out, own);
    },
  })),
  normalDraw: drawing.map(({ count, keys, sums }) => ({
    pieces: [2 * keys, count, count, count * keys, sums, scratchNumbers()],
    written: 3,
    run: ({ normalDraw }, [words, mean, logStd, weights, sum, scratch]) =>
      normalDraw(0, count, count, keys, words!, mean!, logStd!, 1e-10, 0, weights!, sum!, scratch!),
  })),
  addNoise: noises.map(([count, repeats]) => ({
    pieces: [count, count, count * repeats, count * repeats],
    written: 1,
    run: ({ addNoise }, [location, variance, noise, out]) =>
      addNoise(count, repeats, 4 * count, location!, variance!, noise!, out!),
  })),
  addNoiseGradient: noises.map(([count]) => ({
    pieces: Array<number>(4).fill(count),
    written: 1,
    run: ({ addNoiseGradient }, [dy, variance, noise, dVariance]) =>
      addNoiseGradient(count, dy!, variance!, noise!, dVariance!),
  })),
  addNoiseSums: noises.map(([count, repeats]) => ({
    pieces: [
      ...[count * repeats, count, count * repeats, count, count],
      kernelModule(backend).addNoiseScratch() / 4,
    ],
    written: 3,
    run: ({ addNoiseSums }, at) => {
      const [dy, variance, noise, dLocation, dVariance, scratch] = at as Eight;
      addNoiseSums(count, repeats, 4 * count, dy, variance, noise, dLocation, dVariance, scratch);
    },
  })),
  joinSquare: fc.nat(30).map((count) => ({
    pieces: Array<number>(4).fill(count),
    written: 1,
    run: ({ joinSquare }, [dx, x, dSquare, out]) => joinSquare(count, dx!, x!, dSquare!, out!),
  })),
  reluGradient: fc.nat(30).map((count) => ({
    pieces: Array<number>(3).fill(count),
    written: 1,
    run: ({ reluGradient }, [dy, y, out]) => reluGradient(count, dy!, y!, out!),
  })),
  swapMiddle: fc.tuple(size, size, size, size).map(([outer, rows, columns, count]) => ({
    pieces: [outer * rows * columns * count, outer * rows * columns * count],
    written: 1,
    run: ({ swapMiddle }, [x, out]) => swapMiddle(0, outer * columns, rows, columns, count, x!, out!),
  })),
  normalDivergence: fc.nat(30).map((count) => ({
    pieces: [count, count, count, 2, Math.ceil(kernelModule(backend).normalDivergenceScratch() / 4)],
    written: 3,
    run: ({ normalDivergence }, [mean, logStd, variance, sums, scratch]) =>
      normalDivergence(count, mean!, logStd!, 0.5, 2, Math.log(2), variance!, sums!, scratch!),
  })),
  addDoubles: fc.tuple(fc.nat(7), fc.nat(7)).map(([rows, columns]) => ({
    pieces: [2 * rows * columns, rows],
    written: 1,
    run: ({ addDoubles }, [from, out]) => addDoubles(rows, columns, from!, out!),
  })),
  normalDivergenceGradient: fc.nat(30).map((count) => ({
    pieces: [count, count, count, count, count, 1, count, count],
    written: 2,
    run: ({ normalDivergenceGradient }, at) => {
      const [mean, logStd, variance, dMean, dVariance, dDivergence, outMean, outLogStd] = at as Eight;
      const given = [mean, logStd, variance, dMean, dVariance, dDivergence] as const;
      normalDivergenceGradient(count, ...given, 0.5, 0.25, Math.log(2), outMean, outLogStd);
    },
  })),
  normalDrawDensities: drawing.map(({ count, keys, sums }) => ({
    pieces: [sums, keys, keys],
    written: 2,
    run: ({ normalDrawDensities }, [sum, posterior, prior]) =>
      normalDrawDensities(count, keys, sum!, 0, 1, 0, posterior!, prior!),
  })),
  normalDrawGradient: drawing.map(({ count, keys }) => ({
    pieces: [count, count, count * keys, count * keys, keys, keys, 2 * keys, count, count, scratchNumbers()],
    written: 3,
    run: ({ normalDrawGradient }, at) => {
      const [mean, logStd, weights, gradients, posterior, prior, words, dMean] = at as Eight;
      const given = [words, mean, logStd, weights, gradients, posterior, prior] as const;
      normalDrawGradient(0, count, count, keys, ...given, 1e-10, 0, 1, dMean, at[8]!, at[9]!);
    },
  })),
};

describe('writes of a kernel to the memory of the wasm backend', () => {
  test.each(Object.entries(calls))('is its result alone: %s', (_, arbitrary) => {
    const heap = () => new Uint8Array((backend.wasm.asm.memory as WebAssembly.Memory).buffer);
    fc.assert(
      fc.property(arbitrary, fc.nat(3), ({ pieces, written, run }, shift) => {
        const all = pieces.reduce((sum, n) => sum + n, 0);
        const most = all + shift + 5;
        const free = backend.wasm._malloc(4 * most);
        const addresses = pieces.map(
          (_, at) => free + 4 * (shift + 1 + pieces.slice(0, at).reduce((sum, n) => sum + n, 0)),
        );
        new Float32Array(heap().buffer, free, most).set(numbers(most, shift));
        const from = addresses[pieces.length - written]!;
        const end = free + 4 * (shift + 1 + all);
        const outside = () =>
          createHash('sha256').update(heap().subarray(0, from)).update(heap().subarray(end)).digest('hex');
        const before = outside();
        run(kernelModule(backend), addresses);
        expect(outside()).toBe(before);
        backend.wasm._free(free);
      }),
      { numRuns: 40 },
    );
  });
});

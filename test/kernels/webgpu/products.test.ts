import * as tf from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { type Multiply, parseProduct } from '../../../src/kernels/webgpu/products.ts';
import type { WebgpuBackend } from '../../../src/kernels/webgpu/webgpuBackend.ts';
import { withinDispatch } from '../../../src/kernels/webgpu/withinDispatch.ts';
import { describeOnWebgpu, expectAsOnCpu, expectSame, made, on } from './support.ts';

describeOnWebgpu('products of tall factors', () => {
  test.each<[string, a: number[], b: number[]]>([
    ['one of many rows', [4096, 9], [4096, 16]],
    ['a batch', [3, 1024, 5], [3, 1024, 7]],
    ['a factor for all', [1, 2048, 9], [4, 2048, 3]],
    ['the other for all', [2, 3, 1024, 2], [1, 1024, 3]],
    ['rows that cannot be cut', [1031, 3], [1031, 2]],
  ])('%s', async (_, a, b) => {
    await expectAsOnCpu(() => [tf.matMul(made(a, 1), made(b, 2), true, false)], 1e-5);
  });

  test('are cut, so that more groups of threads are at work', async () => {
    const shapes: (readonly number[])[] = [];
    const backend = tf.backend() as unknown as {
      runWebGPUProgram: (program: { readonly outputShape: readonly number[] }, ...rest: unknown[]) => unknown;
    };
    const run = backend.runWebGPUProgram;
    backend.runWebGPUProgram = function (program, ...rest) {
      shapes.push(program.outputShape);
      return run.call(this, program, ...rest);
    };
    tf.tidy(() => tf.matMul(made([1, 8192, 9], 1), made([10, 8192, 16], 2), true, false).shape);
    Reflect.deleteProperty(backend, 'runWebGPUProgram');
    expect(shapes).toContainEqual([320, 9, 16]);
  });
});

describeOnWebgpu('products of long factors', () => {
  const c = Math.fround(0.1);
  const worst = async (f: () => tf.Tensor, right: number): Promise<number> => {
    const [product] = await on('webgpu', () => [f()]);
    return product!.values.reduce((most, x) => Math.max(most, Math.abs(x / right - 1)), 0);
  };

  // The programs that tfjs chooses among, by the number of its flag: tiles of 32, and small tiles.
  test.each([2, 3])('add equal numbers in blocks, in program %i', async (program) => {
    const before = tf.env().get('WEBGPU_MATMUL_PROGRAM_TYPE');
    tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', program);
    try {
      for (const [rows, columns, transposeA] of [
        [32, 32, false],
        [32, 32, true],
        [33, 35, false],
        [1, 37, false],
      ] as const) {
        const left = transposeA ? [2000, rows] : [rows, 2000];
        const f = () => tf.matMul(tf.fill(left, 0.1), tf.fill([2000, columns], 0.1), transposeA);
        expect(await worst(f, 2000 * c * c)).toBeLessThan(3e-6);
      }
    } finally {
      tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', before);
    }
  });

  test.each([
    [45, 20_011, 3, false, false],
    [3, 33_000, 45, true, false],
    [13, 20_000, 11, false, true],
    [45, 16_400, 3, true, true],
  ])('of %i x %i x %i numbers, transposed %s and %s, are those of the cpu', async (m, k, n, tA, tB) => {
    const f = () => tf.matMul(made(tA ? [2, k, m] : [2, m, k], 1), made(tB ? [n, k] : [k, n], 2), tA, tB);
    await expectAsOnCpu(() => [f()], 1e-5);
  });
});

describeOnWebgpu('products of more than a device runs at once', () => {
  const stock: Multiply = (call) => {
    const { kernelFunc } = tf.getKernel(tf.BatchMatMul, 'webgpu')!;
    return kernelFunc(call as unknown as Parameters<tf.KernelFunc>[0]) as tf.TensorInfo;
  };

  // With four groups of threads, each of which makes 32 rows.
  test.each<[string, a: number[], b: number[], transposeB: boolean]>([
    ['rows', [300, 3], [3, 5], false],
    ['rows, of one matrix for two', [1, 130, 3], [2, 5, 3], true],
    ['rows, of two matrices with a factor for both', [2, 131, 3], [3, 5], false],
    ['columns', [2, 5, 3], [2, 3, 131], false],
    ['columns, with a factor for all', [2, 5, 3], [131, 3], true],
    ['all', [5, 131, 3], [5, 3, 133], false],
    ['matrices', [3, 3, 2, 4], [4, 5], false],
    ['matrices, one for each', [9, 2, 4], [9, 5, 4], true],
  ])('%s', async (_, a, b, transposeB) => {
    useKernels(false);
    const [x, y] = [made(a, 1), made(b, 2)];
    const backend = tf.backend() as unknown as WebgpuBackend;
    const call = { inputs: { a: x, b: y }, attrs: { transposeA: false, transposeB }, backend };
    const ran = vi.spyOn(backend, 'runWebGPUProgram');
    const info = withinDispatch(parseProduct(call), 4)(stock);
    const shapes = ran.mock.calls.flatMap(([program]) =>
      'y' in program.dispatchLayout ? [program.outputShape] : [],
    );
    expect(shapes.length).toBeGreaterThan(0);
    expect(
      shapes.filter(([matrices, rows, columns]) => matrices! > 4 || rows! > 128 || columns! > 128),
    ).toEqual([]);
    const ours = tf.engine().makeTensorFromTensorInfo(info);
    const wanted = tf.matMul(x, y, false, transposeB);
    const read = async (z: tf.Tensor) => ({ shape: z.shape, values: (await z.data()) as Float32Array });
    expectSame([await read(ours)], [await read(wanted)], 1e-6);
    vi.restoreAllMocks();
    tf.dispose([x, y, ours, wanted]);
  });

  test('are what tf.matMul makes, of 70000 matrices', async () => {
    await expectAsOnCpu(() => [tf.matMul(made([70_000, 1, 2], 1), made([70_000, 2, 1], 2))]);
  });
});

import type { DescribedRow } from '../row.ts';

/** What is not run: TensorFlow.js reads or writes memory there that is not the tensor's, or ends the program. */
export const described: readonly DescribedRow[] = [
  {
    operation: '`where`, `reverse` and other operations that move booleans',
    does: 'wasm treats one byte as four: the values are wrong, and it writes beyond the end of the result',
    right: 'the booleans in their new places',
    here: 'fixed',
    test: 'test/kernels/wasm/fixes.test.ts',
  },
  {
    operation:
      '`gatherND`, `scatterND`, `tensorScatterUpdate` and `sparseToDense` with an index out of range',
    does: 'wasm and webgpu do not check: wasm reads and writes out of bounds; cpu checks only the offset in memory, and may use another element',
    right: 'an error, or a defined value',
    here: 'throws on cpu and wasm, inside `vmap` too',
    test: 'test/vmap/indices',
  },
  {
    operation: '`gather` with `batchDims` and more items than indices of each',
    does: 'wasm reads past the indices, takes what it finds there for an index, and may end with “memory access out of bounds”',
    right: 'the rows',
    here: 'fixed',
    test: 'test/kernels/wasm/indices.test.ts',
  },
  {
    operation: '`matMul` of empty factors, `[2, 0]` and `[0, 4]`',
    does: 'webgpu: the device rejects the program, without an exception; the result is uninitialised memory, and that of `fused.matMul` lacks the bias',
    right: 'zeros, and the bias',
    here: 'fixed',
    test: 'test/kernels/webgpu/empty.test.ts',
  },
  {
    operation: "`depthwiseConv2d` with `dataFormat: 'NCHW'`",
    does: 'cpu and wasm take channels for columns, and read past the end of the images and the filter',
    right: 'the convolution, as on webgpu',
    here: 'throws on cpu and wasm',
    test: 'test/kernels/images.test.ts',
  },
  {
    operation: '`gather` with an index out of range',
    does: 'webgpu reads another element, or 0',
    right: 'an error, or a defined value',
    here: '0 on webgpu, and never the row of another sample inside `vmap`; throws on cpu and wasm',
    test: 'test/vmap/indices',
  },
  {
    operation: '`maxPool` and `avgPool` with a number as padding and a non-square window',
    does: 'wasm fills only a part of the result; the rest is uninitialised memory',
    right: 'a complete result',
    here: 'fixed',
    test: 'test/backend',
  },
  {
    operation: 'allocating more memory than wasm has (4 GiB at most)',
    does: 'the allocator returns 0, which is not checked: the result is written to the start of memory',
    right: 'an error',
    here: 'fixed',
    test: 'test/kernels/wasm',
  },
];

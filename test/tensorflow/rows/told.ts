import type { ToldRow } from '../row.ts';

/** What is not run: TensorFlow.js reads or writes memory there that is not the tensor's, or ends the program. */
export const told: readonly ToldRow[] = [
  {
    operation: '`where`, `reverse` and other moves of booleans',
    told: 'wasm treats one byte as four: the values are wrong, and memory behind the result is written',
    right: 'the booleans, moved',
    here: 'mended',
    test: 'test/backend/wasm/fixes.test.ts',
  },
  {
    operation:
      '`gatherND`, `scatterND`, `tensorScatterUpdate` and `sparseToDense` with an index out of range',
    told: 'wasm and webgpu do not look: wasm reads and writes what lies there; cpu looks at the place in memory only, and takes a neighbour',
    right: 'an error, or a defined value',
    here: 'refused on cpu and wasm, inside `vmap` too',
    test: 'test/vmap/indices',
  },
  {
    operation: '`gather` with an index out of range',
    told: 'webgpu reads another place, or 0',
    right: 'an error, or a defined value',
    here: '0 on webgpu, and never the row of another sample inside `vmap`; cpu and wasm refuse it',
    test: 'test/vmap/indices',
  },
  {
    operation: '`gather` with `batchDims` and more items than indices of each',
    told: 'wasm reads behind the indices, takes what lies there for an index, and may end with “memory access out of bounds”',
    right: 'the rows',
    here: 'mended',
    test: 'test/backend/wasm/indices.test.ts',
  },
  {
    operation: '`matMul` of factors without numbers, `[2, 0]` and `[0, 4]`',
    told: 'webgpu: the device refuses the program, without an exception; the result is memory that nobody wrote, and that of `fused.matMul` lacks the bias',
    right: 'zeros, and the bias',
    here: 'mended',
    test: 'test/backend/webgpu/ofNothing.test.ts',
  },
  {
    operation: '`maxPool` and `avgPool` with a number as padding and a window that is not square',
    told: 'wasm fills a part of the result only; the rest is memory that nobody wrote',
    right: 'every place filled',
    here: 'mended',
    test: 'test/backend',
  },
  {
    operation: 'more memory than wasm has (4 GiB at most)',
    told: 'the allocator answers 0, which is not looked at: the result is written at the start of memory',
    right: 'an error',
    here: 'mended',
    test: 'test/backend/wasm',
  },
];

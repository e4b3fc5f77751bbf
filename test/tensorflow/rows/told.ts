import type { ToldRow } from '../row.ts';

/** What is not run: TensorFlow.js reads or writes memory there that is not the tensor's, or ends the program. */
export const told: readonly ToldRow[] = [
  {
    operation: '`where`, `reverse` and other moves of booleans',
    told: 'wasm treats one byte as four: the values are wrong, and memory behind the result is written',
    right: 'the booleans, moved',
    here: 'mended',
    test: 'test/backend/wasm',
  },
  {
    operation: '`gather` and `gatherND` with an index out of range',
    told: 'wasm and webgpu do not look: wasm reads what lies there',
    right: 'an error, or a defined value',
    here: 'inside `vmap`, and in `embedding`',
    test: 'test/vmap/rules',
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

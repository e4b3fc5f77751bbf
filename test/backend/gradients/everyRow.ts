import { rows as mappedRows, opOf } from '../../vmap/conformance/rows.ts';
import type { Row } from '../../vmap/support/againstLoop.ts';
import { furtherRows } from './rows.ts';

// Of these TensorFlow.js has no gradient, or no kernel: `vmap` has them all the same.
const insideVmapAlone = ['einsum', 'BroadcastTo'];

/** Every operation that has a gradient, with samples of its arguments. */
export const rows: readonly Row[] = [...mappedRows, ...furtherRows].filter(
  (row) => !insideVmapAlone.includes(opOf(row)),
);

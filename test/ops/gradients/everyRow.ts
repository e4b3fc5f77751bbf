import { type Backend, backends } from '../../support/backends.ts';
import { rows as mappedRows, opName } from '../../vmap/conformance/rows.ts';
import type { Row } from '../../vmap/support/againstLoop.ts';
import { furtherRows } from './rows.ts';

// Of these TensorFlow.js has no gradient, or no kernel: `vmap` has them all the same.
const insideVmapAlone = ['einsum', 'BroadcastTo'];

/** Every operation that has a gradient, with samples of its arguments. */
export const rows: readonly Row[] = [...mappedRows, ...furtherRows].filter(
  (row) => !insideVmapAlone.includes(opName(row)),
);

/** The backends of this project on which a row's gradient is compared. */
export const rowBackends = ({ gradient, only = backends }: Row): readonly Backend[] =>
  backends.filter((backend) => gradient.includes(backend) && only.includes(backend));

import { everyLeaf } from '../tree/everyLeaf.ts';
import { isTensor } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';
import type { SweepRow } from './sweep.ts';

/** A value that a table shows. */
export type Cell = string | number | boolean | null | undefined;

const isCell = (value: unknown): value is Cell =>
  value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value);

const cell = (value: unknown): Cell =>
  isTensor(value) ? `${value.dtype} [${value.shape.join(', ')}]` : isCell(value) ? value : String(value);

/** The leaves of a value by their names; that of a value without parts is `name`. */
const cells = (value: unknown, name: string): readonly (readonly [string, Cell])[] =>
  everyLeaf(value).map(({ path, leaf }) => [path.length === 0 ? name : pathName(path), cell(leaf)] as const);

/**
 * The rows of `sweep` or `crossValidate` as flat records, for `console.table`, a CSV file or a figure: the number of the
 * input, its settings, what the job returned, and why it failed. A value that is not a record is in the column `value`, a
 * setting in `config`; a name that both have is that of the setting. Tensors appear by their shape.
 *
 * @example
 * const double = parallel.job(import.meta.url, 'double', ({ x }: { x: number }) => ({
 *   twice: 2 * x,
 * }));
 * const rows = await parallel.sweep(double, { x: [1, 2] }, { key: random.key(0) });
 * console.log(JSON.stringify(parallel.table(rows)));
 * // [{"input":0,"x":1,"twice":2},{"input":1,"x":2,"twice":4}]
 */
export const table = (
  rows: readonly SweepRow<unknown, unknown>[],
): readonly Readonly<Record<string, Cell>>[] =>
  rows.map(({ input, config, outcome }) => {
    const settings = Object.fromEntries(cells(config, 'config'));
    const values = outcome._tag === 'Right' ? cells(outcome.right.value, 'value') : [];
    return {
      input,
      ...settings,
      ...Object.fromEntries(values.filter(([name]) => !Object.hasOwn(settings, name))),
      ...(outcome._tag === 'Left' && { failure: `${outcome.left._tag}: ${outcome.left.message}` }),
    };
  });

import type { Path } from '../tree/index.ts';

/**
 * A path as one name: its parts joined by dots, and dots within a part escaped, so that no two paths share a name.
 *
 * @example
 * nameOf(['params', '0', 'weight']); // 'params.0.weight'
 * nameOf(['a.b', 'c']); // 'a\\.b.c'
 */
export const nameOf = (path: Path): string =>
  path.map((part) => part.replace(/[\\.]/g, (char) => `\\${char}`)).join('.');

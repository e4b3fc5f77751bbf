/**
 * The tag by which the library's records know one another, or `undefined` for any other value.
 *
 * @example
 * tag(normal().prior); // 'Prior'
 */
export const tag = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && '_tag' in value && typeof value._tag === 'string'
    ? value._tag
    : undefined;

import { tag } from './tag.ts';

const isTensorLike = (
  value: object,
): value is { readonly shape: readonly number[]; readonly dtype: string } =>
  'shape' in value && Array.isArray(value.shape) && 'dtype' in value;

/**
 * A short description of any value for an error message: its kind and, for tensors, its shape.
 *
 * @example
 * describe([1, 2]); // '[1, 2]'
 * describe(tf.zeros([2, 3])); // 'a float32 tensor of shape [2, 3]'
 */
export const describe = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return `a function${value.name ? ` '${value.name}'` : ''}`;
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) {
    const text = value.slice(0, 8).map(describe).join(', ');
    return `[${text}${value.length > 8 ? ', ...' : ''}]`;
  }
  if (isTensorLike(value)) return `a ${value.dtype} tensor of shape [${value.shape.join(', ')}]`;
  const kind = tag(value);
  return kind === undefined ? `an object with keys [${Object.keys(value).join(', ')}]` : `a ${kind}`;
};

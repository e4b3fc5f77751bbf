import * as E from 'fp-ts/lib/Either.js';
import { type CheckpointError, type Fault, invalid } from '../error.ts';
import type { Declared, Header } from './header.ts';
import { bitSizes } from './values.ts';

/** The number of bytes of a tensor; rounded above 2^53, where it exceeds any difference of two offsets. */
const byteLength = ({ dtype, shape }: Declared): number =>
  shape.includes(0)
    ? 0
    : shape.reduce((product, size) => product * size, bitSizes.get(dtype) ?? Number.NaN) / 8;

/** The fault of one tensor on its own. */
const tensorFault = (
  tensor: Declared,
  dataLength: number,
): readonly [fault: Fault, message: string] | undefined => {
  const { dtype, shape, begin, end } = tensor;
  const range = `data_offsets [${begin}, ${end}]`;
  if (begin > end) return ['offsets', `${range} end before they begin`];
  if (end > dataLength) return ['offsets', `${range} reach beyond the ${dataLength} bytes of data`];
  const bytes = byteLength(tensor);
  if (bytes === end - begin) return undefined;
  return ['shape', `${range} hold ${end - begin} bytes, but ${dtype} [${shape.join(', ')}] has ${bytes}`];
};

/**
 * The header, if it is consistent with the data length: each tensor lies within the data and has the length of its shape
 * and dtype, and together they fill the data without gaps or overlaps. Offsets need not be aligned: the format does not
 * require it, and values are copied when read.
 *
 * @example
 * validateHeader(8)(header);
 */
export const validateHeader =
  (dataLength: number) =>
  (header: Header): E.Either<CheckpointError, Header> => {
    const inOrder = [...header.tensors].sort((a, b) => a.begin - b.begin || a.end - b.end);
    let filled = 0;
    for (const tensor of inOrder) {
      const fault = tensorFault(tensor, dataLength);
      if (fault !== undefined) return E.left(invalid(...fault, tensor.name));
      if (tensor.begin < filled)
        return E.left(invalid('overlap', "its data overlaps the previous tensor's", tensor.name));
      if (tensor.begin > filled) return E.left(invalid('gap', 'there is a gap before its data', tensor.name));
      filled = tensor.end;
    }
    return filled === dataLength
      ? E.right(header)
      : E.left(invalid('gap', `${dataLength - filled} bytes at the end do not belong to any tensor`));
  };

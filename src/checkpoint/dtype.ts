/** Bytes of one element, for every dtype of the safetensors format that fills whole bytes. */
export const itemSizes: ReadonlyMap<string, number> = new Map([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['F8_E5M2', 1],
  ['F8_E4M3', 1],
  ['U16', 2],
  ['I16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['U32', 4],
  ['I32', 4],
  ['F32', 4],
  ['U64', 8],
  ['I64', 8],
  ['F64', 8],
  ['C64', 8],
]);

/** How parameters are stored: in full, or in half the bytes with 11 or 8 significant bits. */
export type FloatType = 'F32' | 'F16' | 'BF16';

/** The dtypes of which a tensor of TensorFlow.js can be made, by its own dtype. */
export const storedAs: Readonly<Record<string, readonly string[]>> = {
  float32: ['F32', 'F16', 'BF16'],
  int32: ['I32'],
  bool: ['BOOL'],
};

/** Bits of one element, for every dtype of the safetensors format. */
export const bitSizes: ReadonlyMap<string, number> = new Map([
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['BOOL', 8],
  ['U8', 8],
  ['I8', 8],
  ['F8_E5M2', 8],
  ['F8_E4M3', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['U16', 16],
  ['I16', 16],
  ['F16', 16],
  ['BF16', 16],
  ['U32', 32],
  ['I32', 32],
  ['F32', 32],
  ['U64', 64],
  ['I64', 64],
  ['F64', 64],
  ['C64', 64],
]);

/** How parameters are stored: in full, or in half the bytes with 11 or 8 significant bits. */
export type FloatType = 'F32' | 'F16' | 'BF16';

/** The dtypes of which a tensor of TensorFlow.js can be made without rounding, by its own dtype. */
export const storedAs: Readonly<Record<string, readonly string[]>> = {
  float32: ['F32', 'F16', 'BF16'],
  int32: ['I32'],
  bool: ['BOOL'],
};

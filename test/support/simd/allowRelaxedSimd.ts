import { setFlagsFromString } from 'node:v8';
import { hasRelaxedSimd } from '../../../src/kernels/wasm/hasRelaxedSimd.ts';

/** Whether SIMD=plain hides it. */
export const hidden = (): boolean => process.env.SIMD === 'plain';

/** Turns relaxed SIMD on in Node 20, which has it behind a flag; later ones have it. Returns what turns it off again. */
export const allowRelaxedSimd = (): (() => void) => {
  if (hasRelaxedSimd()) return () => {};
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return () => setFlagsFromString('--no-experimental-wasm-relaxed-simd');
};

import { type Edit, edited } from './edits.ts';
import { hasRelaxedSimd } from './hasRelaxedSimd.ts';

/** The two builds of the compiled kernels: with the instructions of relaxed SIMD, or without. */
export type Simd = 'relaxed' | 'plain';

/** Both builds; see build/compileKernels.ts. */
export interface Binaries {
  /** The WebAssembly module without relaxed SIMD, in base64. */
  readonly plain: string;
  /** What makes the other module of it: a few hundred bytes, where the whole module would be forty thousand. */
  readonly relaxed: readonly Edit[];
}

declare const __TFJS_BAYESIAN_KERNELS__: Binaries;

const { plain, relaxed }: Binaries = __TFJS_BAYESIAN_KERNELS__;

/** The compiled kernels of a build: a WebAssembly module, whose bytes are the codes of the characters. */
export const binary = (simd: Simd): string =>
  simd === 'relaxed' ? edited(atob(plain), relaxed) : atob(plain);

/** A build that this engine can run: the wanted one, or the plain one where relaxed SIMD is missing. */
export const simdFor = (wanted: Simd = 'relaxed'): Simd =>
  wanted === 'relaxed' && hasRelaxedSimd() ? 'relaxed' : 'plain';

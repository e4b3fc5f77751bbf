import { type Edit, edited } from './edits.ts';
import { hasRelaxedSimd } from './hasRelaxedSimd.ts';

/** The two builds of the compiled kernels: with the instructions of relaxed SIMD, or without. */
export type Simd = 'relaxed' | 'plain';

/** Both builds; see build/compileKernels.ts. */
export interface Binaries {
  /** The WebAssembly module without relaxed SIMD, deflated and in base64. */
  readonly plain: string;
  /** What makes the other module of it: a few hundred bytes, where the whole module would be forty thousand. */
  readonly relaxed: readonly Edit[];
}

declare const __TFJS_BAYESIAN_KERNELS__: Binaries;

const { plain, relaxed }: Binaries = __TFJS_BAYESIAN_KERNELS__;

/** The plain build, once it is inflated. */
const inflated: { plain?: string } = {};

const deflated = (): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(plain), (char) => char.charCodeAt(0));

/** Bytes as the characters with these codes. */
const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** Inflates the compiled kernels, which takes a promise in a page. */
export const prepareBinary = async (): Promise<void> => {
  const stream = new Blob([deflated()]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  inflated.plain = latin1(new Uint8Array(await new Response(stream).arrayBuffer()));
};

/** The same at once, in Node. */
const inflate = (): string => {
  const zlib = process.getBuiltinModule('node:zlib') as unknown as {
    readonly inflateRawSync: (bytes: Uint8Array) => Uint8Array;
  };
  return latin1(zlib.inflateRawSync(deflated()));
};

/** The compiled kernels of a build: a WebAssembly module, whose bytes are the codes of the characters. */
export const binary = (simd: Simd): string => {
  inflated.plain ??= inflate();
  return simd === 'relaxed' ? edited(inflated.plain, relaxed) : inflated.plain;
};

/** A build that this engine can run: the wanted one, or the plain one where relaxed SIMD is missing. */
export const simdFor = (wanted: Simd = 'relaxed'): Simd =>
  wanted === 'relaxed' && hasRelaxedSimd() ? 'relaxed' : 'plain';

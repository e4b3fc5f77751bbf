import { hasRelaxedSimd } from '../../../src/kernels/wasm/hasRelaxedSimd.ts';

/** The code of `f32x4.relaxed_madd`. */
const relaxedMadd = Buffer.from([0xfd, 0x85, 0x02]);

// An engine without relaxed SIMD.
if (hasRelaxedSimd()) {
  const { validate } = WebAssembly;
  WebAssembly.validate = (bytes) =>
    !Buffer.from(bytes as Uint8Array).includes(relaxedMadd) && validate(bytes);
}

declare const __TFJS_BAYESIAN_KERNELS__: string;

/**
 * The compiled kernels of the folder assembly, a WebAssembly module in base64. The build and the tests compile it and
 * put it in this place, see build/compileKernels.ts.
 */
export const binary: string = __TFJS_BAYESIAN_KERNELS__;

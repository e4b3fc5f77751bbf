declare const __TFJS_BAYESIAN_VERSION__: string;

/** The library's version, which the build and the tests put in this place. */
export const version: string = __TFJS_BAYESIAN_VERSION__;

/** The name and number of our use of safetensors' metadata. */
export const format = 'tfjs-bayesian/1';

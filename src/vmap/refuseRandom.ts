/**
 * `Math.random` while a `vmap` runs. Random ops without a seed take one from it and mostly run no kernel, so
 * this is where they can be caught.
 *
 * @throws Error always
 */
export const refuseRandom = (): never => {
  throw new Error(
    'vmap: Math.random, and so tf.randomNormal, tf.dropout and all random ops without a seed, cannot run inside ' +
      'vmap: the function runs once for all samples, so each would get the same numbers. Give each sample a ' +
      'key: vmap((key, x) => tf.add(x, random.normal(key, x.shape)))(random.split(random.key(0), n), xs). ' +
      'Numbers that all samples are to share are drawn before vmap',
  );
};

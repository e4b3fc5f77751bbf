// The kernels are compiled twice from these files: `f32x4.relaxed_madd` is in one build, for engines that have it. It rounds
// once where the processor can, and twice elsewhere. So it is for products and their like. Random draws, the exponential
// function of standard deviations and the optimizers do without: their numbers have the same bits in both builds.

/** `a b + c`. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** `c - a b`. */
export function multiplySubtract(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

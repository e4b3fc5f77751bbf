/** A polynomial, highest coefficient first. */
const polynomial = (variable: string, coefficients: readonly number[]): string =>
  coefficients.map(String).reduce((inner, next) => `fma(${inner}, ${variable}, ${next})`);

const centre = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3,
  0.246640727, 1.50140941,
];
const tails = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3,
  1.00167406, 2.83297682,
];

/**
 * `standardNormal(bits)`: the normal number for random bits, by the method described in src/random/standardNormal.ts.
 * It avoids the device's logarithm, sine and cosine, whose precision is implementation-defined. `1 - u^2` is computed
 * from integers, since a device may reorder the addition of constants, which costs digits in the tails.
 */
export const standardNormal = `
fn standardNormal(bits : u32) -> f32 {
  let j = 4 * i32(bits >> 9u) + 1 - ${2 ** 24};
  let u = f32(j) * ${2 ** -24};
  let word = bitcast<i32>(f32(${2 ** 24} - abs(j)) * ${2 ** -24} * f32(${2 ** 24} + abs(j)) * ${2 ** -24});
  let exponent = (word - 0x3f3504f3) >> 23u;
  let above = bitcast<f32>(word - (exponent << 23u)) - 1.0;
  let s = above / (2.0 + above);
  let s2 = s * s;
  let log = 2.0 * s * ${polynomial('s2', [1 / 7, 1 / 5, 1 / 3, 1]).replace(', 1)', ', 1.0)')};
  let minusLog = -(f32(exponent) * ${Math.LN2} + log);
  if (minusLog < 5.0) {
    let w = minusLog - 2.5;
    return ${Math.SQRT2} * u * ${polynomial('w', centre)};
  }
  let w = sqrt(minusLog) - 3.0;
  return ${Math.SQRT2} * u * ${polynomial('w', tails)};
}`;

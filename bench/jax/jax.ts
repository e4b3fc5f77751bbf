/**
 * The part of jax-js that is used here. It is written out because types have to be checked where jax-js is not
 * installed. A function takes over each array that it is given; `ref` keeps it for one more use.
 */
export interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: readonly number[];
  readonly add: (other: JaxArray | number) => JaxArray;
  readonly sub: (other: JaxArray | number) => JaxArray;
  readonly mul: (other: JaxArray | number) => JaxArray;
  readonly div: (other: JaxArray | number) => JaxArray;
  readonly sum: (axis?: number) => JaxArray;
  readonly mean: (axis?: number) => JaxArray;
  readonly reshape: (shape: readonly number[]) => JaxArray;
  readonly dataSync: () => ArrayLike<number>;
  readonly data: () => Promise<ArrayLike<number>>;
  readonly dispose: () => void;
}

/** The module. */
export interface Jax {
  readonly init: (device: string) => Promise<readonly string[]>;
  readonly defaultDevice: (device: string) => string;
  readonly jit: <A extends readonly unknown[], Y>(f: (...args: A) => Y) => (...args: A) => Y;
  readonly valueAndGrad: <A extends readonly unknown[]>(
    f: (params: readonly JaxArray[], ...args: A) => JaxArray,
  ) => (params: readonly JaxArray[], ...args: A) => [JaxArray, readonly JaxArray[]];
  readonly blockUntilReady: <T>(x: T) => Promise<T>;
  readonly numpy: {
    readonly array: (values: Float32Array | Int32Array | number, options?: object) => JaxArray;
    readonly int32: string;
    readonly zeros: (shape: readonly number[]) => JaxArray;
    readonly exp: (x: JaxArray) => JaxArray;
    readonly log: (x: JaxArray) => JaxArray;
    readonly sqrt: (x: JaxArray) => JaxArray;
    readonly square: (x: JaxArray) => JaxArray;
    readonly matmul: (a: JaxArray, b: JaxArray) => JaxArray;
    readonly maximum: (a: JaxArray, b: number) => JaxArray;
  };
  readonly nn: {
    readonly relu: (x: JaxArray) => JaxArray;
    readonly softmax: (x: JaxArray, axis?: number) => JaxArray;
    readonly logSoftmax: (x: JaxArray, axis?: number) => JaxArray;
    readonly oneHot: (x: JaxArray, classes: number) => JaxArray;
  };
  readonly random: {
    readonly key: (seed: JaxArray | number) => JaxArray;
    readonly split: (key: JaxArray, count: number) => JaxArray;
    readonly normal: (key: JaxArray, shape: readonly number[]) => JaxArray;
  };
}

const moduleName = '@jax-js/jax';

/**
 * jax-js on its wasm device.
 *
 * @throws Error saying how to install it where it is not, or that its wasm device does not start
 */
export const loadJax = async (): Promise<Jax> => {
  const jax = (await import(moduleName).catch(() => {
    throw new Error('jax-js is not installed; npm install --prefix bench adds it');
  })) as Jax;
  const started = await jax.init('wasm');
  if (!started.includes('wasm')) throw new Error('the wasm device of jax-js does not start here');
  jax.defaultDevice('wasm');
  return jax;
};

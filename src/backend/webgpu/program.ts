import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Uniform, WebgpuBackend, WebgpuProgram } from './webgpuBackend.ts';

/** A program and what it is run on. Every tensor of it is a plain row of numbers: its shape is of no concern. */
export interface Run {
  /** Tells programs of different code apart. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly uniforms?: Readonly<Record<string, Uniform>>;
  /** Functions of WGSL that the body calls. */
  readonly functions?: readonly string[];
  /** The shape of the result, which is float32. */
  readonly shape: readonly number[];
  /** Statements of WGSL. */
  readonly body: string;
}

const wgslTypes = { float32: 'f32', int32: 'i32', uint32: 'u32' } as const;

const sizeOf = (shape: readonly number[]): number => util.sizeFromShape([...shape]);

const flat = (tensor: TensorInfo): TensorInfo => ({ ...tensor, shape: [sizeOf(tensor.shape)] });

/** Numbers as uniforms. */
export const floats = <K extends string>(numbers: Readonly<Record<K, number>>): Record<K, Uniform> =>
  uniformsOf('float32', numbers);

/** Whole numbers as uniforms. */
export const integers = <K extends string>(numbers: Readonly<Record<K, number>>): Record<K, Uniform> =>
  uniformsOf('int32', numbers);

const uniformsOf = <K extends string>(
  type: Uniform['type'],
  numbers: Readonly<Record<K, number>>,
): Record<K, Uniform> =>
  Object.fromEntries(
    Object.entries<number>(numbers).map(([name, value]) => [name, { type, data: [value] }]),
  ) as unknown as Record<K, Uniform>;

/** Whether a tensor is of whole numbers behind its back: tfjs casts those to float32 in name alone. */
const floatsInName = (backend: WebgpuBackend, { dataId, dtype }: TensorInfo): boolean =>
  dtype === 'float32' && backend.tensorMap.get(dataId).dtype !== 'float32';

/** Runs a function with inputs that are of the type that they say. */
const asTheySay = (
  backend: WebgpuBackend,
  inputs: readonly TensorInfo[],
  f: (inputs: readonly TensorInfo[]) => TensorInfo,
): TensorInfo => {
  const given = inputs.map((x) => (floatsInName(backend, x) ? floatsOf(backend, x) : x));
  const result = f(given);
  for (const x of given) if (!inputs.includes(x)) backend.disposeData(x.dataId);
  return result;
};

/** Whole numbers as float32. */
const floatsOf = (backend: WebgpuBackend, x: TensorInfo): TensorInfo =>
  eachNumber(backend, {
    name: 'floats',
    inputs: { numbers: { ...x, dtype: 'int32' } },
    shape: x.shape,
    body: 'setOutputAtIndex(index, f32(numbers[index]));',
  });

const run = (
  backend: WebgpuBackend,
  { name, inputs, uniforms = {}, functions = [], shape, body }: Run,
  workgroup: number,
  groups: number,
): TensorInfo => {
  const size = sizeOf(shape);
  const given = Object.entries(uniforms);
  const program = {
    variableNames: Object.keys(inputs),
    outputShape: [size],
    dispatchLayout: { x: [0] },
    dispatch: [groups, 1, 1],
    workgroupSize: [workgroup, 1, 1],
    size: true,
    uniforms: given.map(([key, { type }]) => `${key} : ${wgslTypes[type]}, `).join(''),
    shaderKey: `tfjs-bayesian ${name}`,
    getUserCode: () => `${functions.join('\n')}\nfn main(index : i32) {\n${body}\n}`,
  } as const satisfies WebgpuProgram;
  const numbers = given.map(([, uniform]) => uniform);
  const result = asTheySay(backend, Object.values(inputs), (tensors) =>
    backend.runWebGPUProgram(program, tensors.map(flat), 'float32', numbers),
  );
  return { ...result, shape: [...shape] };
};

const threads = 64;

/** Runs a program whose body makes the number at `index` of the result. */
export const eachNumber = (backend: WebgpuBackend, program: Run): TensorInfo =>
  run(
    backend,
    { ...program, body: `if (index < uniforms.size) {\n${program.body}\n}` },
    threads,
    Math.ceil(sizeOf(program.shape) / threads),
  );

/** Threads of a group that adds numbers up. */
export const together = 64;

/**
 * Runs a program whose groups of `together` threads each make one number, or several: its body has `group` and `place`, the
 * thread's place in its group. There may be more groups than were asked for: they must not write.
 */
export const eachGroup = (backend: WebgpuBackend, groups: number, program: Run): TensorInfo =>
  run(
    backend,
    {
      ...program,
      body: `let group = index / ${together};\nlet place = index % ${together};\n${program.body}`,
    },
    together,
    groups,
  );

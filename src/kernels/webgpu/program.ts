import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { filled } from './filled.ts';
import type { Uniform, WebgpuBackend } from './webgpuBackend.ts';

/** A program and its inputs. It sees every tensor as a flat array. */
export interface Run {
  /** Distinguishes programs with different code. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly uniforms?: Uniforms;
  /** WGSL functions that the body calls. */
  readonly functions?: readonly string[];
  readonly shape: readonly number[];
  /** The dtype of the result; default: float32. */
  readonly dtype?: DataType;
  /** WGSL statements. */
  readonly body: string;
}

const wgslTypes = { float32: 'f32', int32: 'i32', uint32: 'u32' } as const;

const sizeFromShape = (shape: readonly number[]): number => util.sizeFromShape([...shape]);

const flat = (tensor: TensorInfo): TensorInfo => ({ ...tensor, shape: [sizeFromShape(tensor.shape)] });

type Numbers = Readonly<Record<string, number>>;
type Uniforms = Readonly<Record<string, Uniform>>;

const typedUniforms =
  (type: Uniform['type']) =>
  (numbers: Numbers): Uniforms =>
    Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, { type, data: [value] }]));

/** Numbers as uniforms. */
export const floats = typedUniforms('float32');

/** Integers as uniforms. */
export const integers = typedUniforms('int32');

/** Performs a pending cast from integers: tfjs's cast shares their data. */
const cast = (backend: WebgpuBackend, x: TensorInfo): TensorInfo =>
  eachNumber(backend, {
    name: 'cast',
    inputs: { x: { ...x, dtype: backend.tensorMap.get(x.dataId).dtype } },
    shape: x.shape,
    body: 'setOutputAtIndex(index, f32(x[index]));',
  });

const isCast = (backend: WebgpuBackend, { dataId, dtype }: TensorInfo): boolean =>
  dtype === 'float32' && backend.tensorMap.get(dataId).dtype !== dtype;

/** What is bound in place of a tensor, if it cannot be: of none, a zero, which no index leads to. */
const standIn = (backend: WebgpuBackend, x: TensorInfo): TensorInfo | undefined => {
  if (sizeFromShape(x.shape) === 0) return filled(backend, [1], x.dtype, 0);
  return isCast(backend, x) ? cast(backend, x) : undefined;
};

const run = (
  backend: WebgpuBackend,
  { name, inputs, uniforms = {}, functions = [], shape, dtype = 'float32', body }: Run,
  workgroup: number,
  groups: number,
  sums?: TensorInfo,
): TensorInfo => {
  const size = sizeFromShape(shape);
  const given = Object.entries(uniforms);
  const read = Object.values(inputs).map((x) => ({ x, own: standIn(backend, x) }));
  const result = backend.runWebGPUProgram(
    {
      variableNames: Object.keys(inputs),
      outputShape: [size],
      dispatchLayout: { x: [0] },
      dispatch: [groups, 1, 1],
      workgroupSize: [workgroup, 1, 1],
      size: true,
      ...(sums ? { atomic: true } : {}),
      uniforms: given.map(([key, { type }]) => `${key} : ${wgslTypes[type]}, `).join(''),
      shaderKey: `tfjs-bayesian ${name}`,
      getUserCode: () => `${functions.join('\n')}\nfn main(index : i32) {\n${body}\n}`,
    },
    read.map(({ x, own = x }) => flat(own)),
    dtype,
    given.map(([, uniform]) => uniform),
    ...(sums ? [sums] : []),
  );
  for (const { own } of read) if (own) backend.disposeData(own.dataId);
  return { ...result, shape: [...shape] };
};

const threads = 64;

/** Runs a program whose body computes the element at `index` of the result. */
export const eachNumber = (backend: WebgpuBackend, program: Run): TensorInfo =>
  run(
    backend,
    { ...program, body: `if (index < uniforms.size) {\n${program.body}\n}` },
    threads,
    Math.ceil(sizeFromShape(program.shape) / threads),
  );

/**
 * Runs a program whose body handles the element at `index` of `count` and adds to the atomic integers of `sums`. There
 * they are named `result`, and they are the result.
 */
export const eachIn = (
  backend: WebgpuBackend,
  count: number,
  sums: TensorInfo,
  program: Omit<Run, 'shape' | 'dtype'>,
): TensorInfo =>
  run(
    backend,
    {
      ...program,
      shape: sums.shape,
      dtype: sums.dtype,
      uniforms: { ...program.uniforms, ...integers({ count }) },
      body: `if (index < uniforms.count) {\n${program.body}\n}`,
    },
    threads,
    Math.ceil(count / threads),
    sums,
  );

/** The threads of a workgroup that computes a sum. */
export const workgroupSize = 64;

/**
 * Runs a program whose workgroups of `workgroupSize` threads each compute one or more elements. Its body has `group` and
 * `place`, the thread's index in its group. There may be more groups than requested: they must not write.
 */
export const eachGroup = (backend: WebgpuBackend, groups: number, program: Run): TensorInfo =>
  run(
    backend,
    {
      ...program,
      body: `let group = index / ${workgroupSize};\nlet place = index % ${workgroupSize};\n${program.body}`,
    },
    workgroupSize,
    groups,
  );

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { map, toReadonlyArray } from 'fp-ts/lib/ReadonlyRecord.js';
import type { ShaderModules, WebgpuBackend } from './webgpuBackend.ts';

/** The program with the tensors of these names declared as ones that it writes. */
const writing =
  (names: readonly string[]) =>
  (code: string): string =>
    names.reduce(
      (changed, name) => changed.replace(`var<storage, read> ${name}:`, `var<storage, read_write> ${name}:`),
      code,
    );

/** Runs a function while all programs that a device compiles go through another. */
const compiling = <Y>(device: ShaderModules, change: (code: string) => string, f: () => Y): Y => {
  const { createShaderModule } = device;
  const own = Object.hasOwn(device, 'createShaderModule');
  device.createShaderModule = (descriptor) =>
    createShaderModule.call(device, { ...descriptor, code: change(descriptor.code) });
  try {
    return f();
  } finally {
    if (own) device.createShaderModule = createShaderModule;
    else Reflect.deleteProperty(device, 'createShaderModule');
  }
};

/** A tensor that a program will write. Where it has no numbers tfjs runs no program, and has to know that. */
const made = (backend: WebgpuBackend, shape: readonly number[]): TensorInfo =>
  backend.makeTensorInfo(shape, 'float32', shape.includes(0) ? new Float32Array(0) : undefined);

/**
 * Runs a program that writes more than its one result: `run` takes new tensors of float32 among its inputs, by name (but not
 * `result`) and of these shapes, and its body writes all of their numbers. tfjs's programs have one result, and only read
 * what they are given; to hand a program over takes longer than most programs run.
 */
export const multiOutput = <K extends string>(
  backend: WebgpuBackend,
  shapes: Readonly<Record<K, readonly number[]>>,
  run: (more: Readonly<Record<K, TensorInfo>>) => TensorInfo,
): Readonly<Record<K, TensorInfo>> & { readonly result: TensorInfo } => {
  const more = map((shape: readonly number[]) => made(backend, shape))(shapes);
  try {
    const result = compiling(backend.device, writing(Object.keys(shapes)), () => run(more));
    return { ...more, result };
  } catch (error) {
    for (const [, { dataId }] of toReadonlyArray(more)) backend.disposeData(dataId);
    throw error;
  }
};

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { map, toReadonlyArray } from 'fp-ts/lib/ReadonlyRecord.js';
import type { ShaderModules, WebgpuBackend } from './webgpuBackend.ts';

/** Declares the named tensors of a program as writable. */
const writing =
  (names: readonly string[]) =>
  (code: string): string =>
    names.reduce(
      (changed, name) => changed.replace(`var<storage, read> ${name}:`, `var<storage, read_write> ${name}:`),
      code,
    );

/** Runs a function while `change` rewrites all programs that a device compiles. */
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

/** A tensor that a program will write. For an empty one tfjs runs no program, and needs values. */
const makeOutput = (backend: WebgpuBackend, shape: readonly number[]): TensorInfo =>
  backend.makeTensorInfo(shape, 'float32', shape.includes(0) ? new Float32Array(0) : undefined);

/**
 * Runs a program with several results: `run` gets new float32 tensors of these shapes, passes them as inputs by name
 * (not `result`), and its body writes all of their elements. tfjs's programs have one result and only read their
 * inputs; dispatching another program takes longer than most programs run.
 */
export const multiOutput = <K extends string>(
  backend: WebgpuBackend,
  shapes: Readonly<Record<K, readonly number[]>>,
  run: (more: Readonly<Record<K, TensorInfo>>) => TensorInfo,
): Readonly<Record<K, TensorInfo>> & { readonly result: TensorInfo } => {
  const more = map((shape: readonly number[]) => makeOutput(backend, shape))(shapes);
  try {
    const result = compiling(backend.device, writing(Object.keys(shapes)), () => run(more));
    return { ...more, result };
  } catch (error) {
    for (const [, { dataId }] of toReadonlyArray(more)) backend.disposeData(dataId);
    throw error;
  }
};

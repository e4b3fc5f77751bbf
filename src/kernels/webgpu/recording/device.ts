import type { DataId, DataType, KernelBackend } from '@tensorflow/tfjs-core';

/** A buffer on the device. */
export interface DeviceBuffer {
  readonly size: number;
  readonly destroy: () => void;
}

/** A compute pipeline. */
export interface Pipeline {
  readonly getBindGroupLayout: (index: number) => object;
}

/** A part of a buffer that a program sees. */
export interface Binding {
  readonly binding: number;
  readonly resource: { readonly buffer: object; readonly offset?: number; readonly size?: number };
}

/** The description of a bind group. */
export interface BindGroup {
  readonly layout: object;
  readonly entries: readonly Binding[];
}

type Size = readonly [x: number, y: number, z: number];

/** A pass of programs. */
export interface ComputePass {
  readonly setPipeline: (pipeline: Pipeline) => void;
  readonly setBindGroup: (index: number, group: object) => void;
  readonly dispatchWorkgroups: (...size: Size) => void;
  readonly end: () => void;
}

/** What a program is run on: a pipeline, its buffers and the number of workgroups. */
export interface Dispatch<G> {
  readonly pipeline: Pipeline;
  readonly group: G;
  readonly size: Size;
}

/** WebGPU's encoder of commands. */
export interface CommandEncoder {
  readonly beginComputePass: () => ComputePass;
  readonly copyBufferToBuffer: (from: object, start: number, to: object, at: number, bytes: number) => void;
}

/** WebGPU's queue. */
export interface Queue {
  readonly writeBuffer: (buffer: object, at: number, data: ArrayBuffer | ArrayBufferView) => void;
}

/** WebGPU's device. */
export interface Device {
  readonly limits: object;
  readonly features: object;
  readonly queue: Queue;
  readonly createBuffer: (descriptor: { readonly size: number; readonly usage: number }) => DeviceBuffer;
  readonly createBindGroup: (group: BindGroup) => object;
  readonly createShaderModule: (descriptor: object) => object;
  readonly createComputePipeline: (descriptor: object) => object;
  readonly createComputePipelineAsync: (descriptor: object) => Promise<object>;
}

/** The usage of a buffer of uniforms: WebGPU's UNIFORM (0x40) and COPY_DST (0x08). */
export const uniformUsage = 0x48;

/** The usage of a tensor's buffer: WebGPU's STORAGE (0x80), COPY_SRC (0x04) and COPY_DST (0x08). */
export const tensorUsage = 0x8c;

/** The backend's record of a tensor's data: values still to be uploaded, or a buffer on the device. */
export interface Data {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  values: ArrayLike<number> | null;
  resource: object | null;
}

/**
 * The parts of tfjs's webgpu backend that recording replaces or uses, beside those in `webgpuBackend.ts`. They are not a
 * public interface; `isRecordable` checks that they exist.
 */
export interface RecordableBackend extends KernelBackend {
  readonly device: Device;
  readonly queue: Queue;
  readonly commandEncoder: CommandEncoder | null;
  /** Set while programs are timed. */
  readonly activeTimers?: object | null;
  readonly tensorMap: { readonly get: (id: DataId) => Data; readonly has: (id: DataId) => boolean };
  readonly uploadToGPU: (id: DataId) => void;
  readonly releaseResource: (id: DataId) => void;
  readonly tensorToBinding: (tensor: { readonly dataId: DataId } | null) => object | null;
  readonly ensureCommandEncoderReady: () => void;
  readonly endComputePassEncoder: () => void;
  readonly submitQueue: () => void;
  readonly recordAndSubmit: (...given: readonly unknown[]) => void;
}

const methods = [
  ...['write', 'uploadToGPU', 'releaseResource', 'tensorToBinding', 'ensureCommandEncoderReady'],
  ...['endComputePassEncoder', 'submitQueue', 'recordAndSubmit', 'incRef', 'disposeData'],
] as const;

/** Whether a backend has these parts. */
export const isRecordable = (backend: object): backend is RecordableBackend => {
  const parts = backend as Readonly<Record<string, unknown>>;
  return methods.every((name) => typeof parts[name] === 'function') && 'commandEncoder' in parts;
};

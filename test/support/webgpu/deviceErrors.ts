import { findBackend } from '@tensorflow/tfjs-core';
import { afterEach } from 'vitest';
import { type Internals, submit } from './internals.ts';

const errors: string[] = [];

// tfjs asks for its device here, and looks at none of its errors.
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
  const device = await requestDevice.call(this, descriptor);
  device.addEventListener('uncapturederror', ({ error }) => {
    errors.push(error.message);
  });
  void device.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed') errors.push(`the device was lost: ${message}`);
  });
  return device;
};

// An error of the device is no exception. It fails the test that caused it: the one after which all was done.
afterEach(async () => {
  const backend = findBackend('webgpu') as unknown as Internals | null;
  if (backend === null) return;
  if (backend.commandEncoder !== null) submit(backend);
  await backend.device.queue.onSubmittedWorkDone();
  const said = errors.splice(0);
  if (said.length > 0) throw new Error(`WebGPU: ${said.join('\n')}`);
});

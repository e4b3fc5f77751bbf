import { engine, type KernelBackend } from '@tensorflow/tfjs-core';

/** A backend that has been started; unlike `tf.findBackend` this does not start it. */
export const running = (name: string): KernelBackend | undefined => engine().registry[name];

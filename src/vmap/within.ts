import { engine } from '@tensorflow/tfjs-core';
import { customGradHook } from './customGradHook.ts';
import { gradientsHook } from './gradientsHook.ts';
import type { Hooks, Within } from './hooks.ts';
import { runKernelHook } from './runKernelHook.ts';
import { type VmapState, vmapState } from './state.ts';

const names = ['runKernel', 'customGrad', 'gradients'] as const;

/** Replaces the engine's methods by those that know tracers; the result puts them back. */
const install = (state: VmapState): (() => void) => {
  const home = engine() as unknown as Hooks;
  const before = names.map((name) => Object.getOwnPropertyDescriptor(home, name));
  Object.assign(home, {
    runKernel: runKernelHook(home.runKernel.bind(home), state),
    customGrad: customGradHook(home.customGrad.bind(home), state, within),
    gradients: gradientsHook(home.gradients.bind(home), state),
  });
  return () => {
    names.forEach((name, at) => {
      const descriptor = before[at];
      if (descriptor === undefined) Reflect.deleteProperty(home, name);
      else Object.defineProperty(home, name, descriptor);
    });
  };
};

/**
 * Runs a function as part of a `vmap`. The engine is left as it was found when the outermost one ends,
 * also by an exception.
 */
export const within: Within = (frame, body) => {
  const state = vmapState();
  const before = state.frames;
  if (before.some(({ level }) => level === frame.level)) return body();
  const restore = before.length === 0 ? install(state) : () => undefined;
  state.frames = [...before, frame].sort((a, b) => a.level - b.level);
  try {
    return body();
  } finally {
    state.frames = before;
    restore();
  }
};

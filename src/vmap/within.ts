import { engine } from '@tensorflow/tfjs-core';
import { gradientsHook } from './gradientsHook.ts';
import type { Hooks, Replacement, Within } from './hooks.ts';
import { customGradHook, runKernelHook } from './kernelHooks.ts';
import { refuseRandom } from './refuseRandom.ts';
import { type Frame, type VmapState, vmapState } from './state.ts';
import { variableHooks } from './variableHooks.ts';

const names = [
  ...(['runKernel', 'runKernelFunc', 'gradients'] as const),
  ...(['makeVariable', 'disposeTensor', 'disposeVariable'] as const),
];

/** The hooks for an engine as it is found; the same again unless someone has changed it in between. */
const hooksOn = (home: Hooks, state: VmapState): Replacement => {
  const known = state.replacement;
  if (known !== undefined && names.every((name) => known.found[name] === home[name])) return known;
  const found = Object.fromEntries(names.map((name) => [name, home[name]])) as unknown as Hooks;
  const bound = Object.fromEntries(
    names.map((name) => [name, (found[name] as () => unknown).bind(home)]),
  ) as unknown as Hooks;
  const hooks: Hooks = {
    runKernel: runKernelHook(bound.runKernel, state),
    runKernelFunc: customGradHook(bound.runKernelFunc, state, within),
    gradients: gradientsHook(bound.gradients, state),
    ...variableHooks(bound),
  };
  state.replacement = { found, hooks };
  return state.replacement;
};

/**
 * Puts the hooks in their places; the result puts back what was there. The engine's own methods are then
 * found on it and not on its class: to delete a property would make V8 slow down every later use of the engine.
 */
const install = (state: VmapState): (() => void) => {
  const home = engine() as unknown as Hooks;
  const { found, hooks } = hooksOn(home, state);
  const random = Math.random;
  Object.assign(home, hooks);
  Reflect.set(Math, 'random', refuseRandom);
  return () => {
    Object.assign(home, found);
    Reflect.set(Math, 'random', random);
  };
};

/**
 * Begins a `vmap`, or goes on with one; the result ends it. The engine is left as it was found when the outermost one
 * ends.
 */
export const enter = (frame: Frame): (() => void) => {
  const state = vmapState();
  const before = state.frames;
  if (before.some(({ level }) => level === frame.level)) return () => undefined;
  const restore = before.length === 0 ? install(state) : () => undefined;
  state.frames = [...before, frame].sort((a, b) => a.level - b.level);
  return () => {
    state.frames = before;
    restore();
  };
};

const within: Within = (frame, body) => {
  const leave = enter(frame);
  try {
    return body();
  } finally {
    leave();
  }
};

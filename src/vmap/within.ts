import { gradientsHook } from './gradientsHook.ts';
import { customGradHook, runKernelHook } from './kernelHooks.ts';
import {
  type Frame,
  type Hooks,
  hookedEngine,
  type Replacement,
  type VmapState,
  vmapState,
  type Within,
} from './state.ts';
import { variableHooks } from './variableHooks.ts';

/**
 * `Math.random` while a `vmap` runs. Random ops without a seed call it, and most run no kernel, so they are caught
 * here.
 *
 * @throws Error always
 */
const refuseRandom = (): never => {
  throw new Error(
    'vmap: Math.random, and so tf.randomNormal, tf.dropout and all unseeded random ops, cannot run inside ' +
      'vmap: all samples would get the same numbers. Give each a ' +
      'key: vmap((key, x) => tf.add(x, random.normal(key, x.shape)))(random.split(random.key(0), n), xs)',
  );
};

const pickMethods = ({
  runKernel,
  runKernelFunc,
  gradients,
  makeVariable,
  disposeTensor,
  disposeVariable,
}: Hooks): Hooks => ({
  runKernel,
  runKernelFunc,
  gradients,
  makeVariable,
  disposeTensor,
  disposeVariable,
});

const boundTo = (home: Hooks): Hooks => ({
  runKernel: home.runKernel.bind(home),
  runKernelFunc: home.runKernelFunc.bind(home),
  gradients: home.gradients.bind(home),
  makeVariable: home.makeVariable.bind(home),
  disposeTensor: home.disposeTensor.bind(home),
  disposeVariable: home.disposeVariable.bind(home),
});

const areSame = (a: Hooks, b: Hooks): boolean =>
  a.runKernel === b.runKernel &&
  a.runKernelFunc === b.runKernelFunc &&
  a.gradients === b.gradients &&
  a.makeVariable === b.makeVariable &&
  a.disposeTensor === b.disposeTensor &&
  a.disposeVariable === b.disposeVariable;

/** The hooks for the engine's current methods; cached until these change. */
const hooksOn = (home: Hooks, state: VmapState): Replacement => {
  const known = state.replacement;
  if (known !== undefined && areSame(known.found, home)) return known;
  const found = pickMethods(home);
  const bound = boundTo(home);
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
 * Installs the hooks; the result restores the previous methods. The engine's own methods are then own properties and
 * not on its class: deleting a property would make V8 slow down every later use of the engine.
 */
const install = (state: VmapState): (() => void) => {
  const home = hookedEngine();
  const { found, hooks } = hooksOn(home, state);
  const random = Math.random;
  Object.assign(home, hooks);
  Reflect.set(Math, 'random', refuseRandom);
  return () => {
    Object.assign(home, found);
    Reflect.set(Math, 'random', random);
  };
};

/** Enters a `vmap`, unless it is already running; the result leaves it. Leaving the outermost restores the engine. */
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

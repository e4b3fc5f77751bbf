import { create, globals } from 'webgpu';

// tfjs's backend looks for navigator.gpu when it is imported. One object for all, as in a browser: Dawn ends the
// process when it is collected while a device of it lives.
Object.assign(globalThis, globals);
const gpu = create([]);
Object.defineProperty(globalThis, 'navigator', {
  value: Object.defineProperty(Object.create(globalThis.navigator ?? {}), 'gpu', { value: gpu }),
  configurable: true,
});

/** What Dawn has left to be called: it looks whether the GPU is done, and leaves another one if not. */
const looks = new Set<() => void>();

/** Lets Dawn look now, in the middle of a function, where waiting for a promise is impossible. */
export const lookAtGpu = (): void => {
  if (looks.size === 0) throw new Error('Dawn waits for nothing');
  for (const look of [...looks]) {
    looks.delete(look);
    look();
  }
};

/** Lets Dawn look once the event loop turns: one timer for all that is left by then, for a test may look a million times before. */
const lookLater = (() => {
  let isComing = false;
  return () => {
    if (isComing) return;
    isComing = true;
    setTimeout(() => {
      isComing = false;
      if (looks.size > 0) lookAtGpu();
    }, 1);
  };
})();

// While anything is awaited Dawn looks in every turn of the event loop. That keeps a core busy which a GPU made of software
// needs itself.
Object.assign(globalThis, {
  setImmediate: <A extends unknown[]>(look: (...given: A) => void, ...given: A) => {
    // Functions of Dawn have no source.
    if (!/\[native code\]/.test(String(look))) return setTimeout(look, 1, ...given);
    looks.add(() => look(...given));
    return lookLater();
  },
});

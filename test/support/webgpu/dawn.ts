import { create, globals } from 'webgpu';

// tfjs's backend looks for navigator.gpu when it is imported. One object for all, as in a browser: Dawn ends the
// process when it is collected while a device of it lives.
Object.assign(globalThis, globals);
const gpu = create([]);
Object.defineProperty(globalThis, 'navigator', {
  value: Object.defineProperty(Object.create(globalThis.navigator ?? {}), 'gpu', { value: gpu }),
  configurable: true,
});

// While anything is awaited Dawn looks in every turn of the event loop whether the GPU is done. That keeps a core busy
// which a GPU made of software needs itself.
Object.assign(globalThis, {
  setImmediate: <A extends unknown[]>(look: (...given: A) => void, ...given: A) =>
    setTimeout(look, 1, ...given),
});

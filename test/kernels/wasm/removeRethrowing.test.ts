import { EventEmitter } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { removeRethrowing } from '../../../src/kernels/wasm/fixes/removeRethrowing.ts';

type Listener = (...args: unknown[]) => void;

afterEach(() => vi.unstubAllGlobals());

/** Those of these listeners, given as code, that stay. */
const staying = (codes: readonly string[]): readonly string[] => {
  const emitter = new EventEmitter();
  for (const code of codes)
    for (const event of ['uncaughtException', 'unhandledRejection'])
      emitter.on(event, new Function('ExitStatus', 'other', `return ${code}`)(Error, () => {}) as Listener);
  vi.stubGlobal('process', emitter);
  removeRethrowing();
  vi.unstubAllGlobals();
  const left = emitter.listeners('uncaughtException').map(String);
  expect(emitter.listeners('unhandledRejection').map(String)).toEqual(left);
  return left;
};

test.each([
  'function (ex) { if (!(ex instanceof ExitStatus)) {\n                    throw ex;\n                } }',
  'function(ex){if(!(ex instanceof ExitStatus)){throw ex}}',
  'function(e){if(!(e instanceof ExitStatus))throw e}',
  'function (reason) { throw reason; }',
  'function(e){throw e}',
  'e=>{throw e}',
  '(e) => { throw e; }',
])('takes away what only throws again, as Emscripten writes it or a minifier: %s', (code) => {
  expect(staying([code])).toEqual([]);
});

test('keeps every listener that does anything else', () => {
  const own = [
    'function (error) { other(error); throw error; }',
    '(error) => { other(error); }',
    'function () { throw new Error("mine"); }',
    '(error) => other(error)',
    'function (error) { if (other(error)) throw error; }',
    'function () { }',
  ];
  expect(staying(own)).toEqual(own);
  expect(staying([own[0]!, 'function(e){throw e}', own[1]!])).toEqual(own.slice(0, 2));
});

test.each([undefined, {}, { listeners: 3 }])('works without Node, and with %j in its place', (process) => {
  vi.stubGlobal('process', process);
  expect(removeRethrowing).not.toThrow();
});

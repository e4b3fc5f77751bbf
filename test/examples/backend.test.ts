import * as E from 'fp-ts/lib/Either.js';
import { afterEach, expect, test, vi } from 'vitest';
import { onBackend, parseBackend } from '../../examples/backend.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('an example runs on the requested backend, wasm by default', async () => {
  for (const [argv, wanted] of [
    [[], 'wasm'],
    [['--backend', 'cpu'], 'cpu'],
  ] as const) {
    const run = vi.fn(async () => 7);
    expect(await onBackend('some', argv, run)).toBe(7);
    expect(run).toHaveBeenCalledExactlyOnceWith(wanted);
  }
});

test.each([
  [['--backend', 'gpu'], 2, "some: --backend must be webgpu, wasm, cpu or auto, got 'gpu'"],
  [['--limit'], 2, "some: Unknown option '--limit"],
  [['--backend', 'webgpu'], 1, 'some: WebGPU found no adapter'],
])('an example does not run with %s, and says why', async (argv, code, message) => {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const run = vi.fn();
  expect(await onBackend('some', argv, run)).toBe(code);
  expect(run).not.toHaveBeenCalled();
  expect(said.mock.calls.flat()).toEqual([expect.stringContaining(message)]);
});

test('parseBackend picks an available backend', () => {
  for (const name of ['webgpu', 'wasm', 'cpu', 'auto']) expect(parseBackend(name)).toEqual(E.right(name));
});

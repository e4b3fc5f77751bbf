import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stateOrder } from '../../src/checkpoint/torch/toTorchBlue.ts';

const entries = (names: readonly string[]) => names.map((name) => ({ name, value: name }));

test("stateOrder puts a module's own entries before its submodules, and keeps modules together", () => {
  expect(stateOrder(entries(['a.x', 'b', 'c.d.e', 'a.y', 'c.f', '']))).toEqual([
    'b',
    '',
    'a.x',
    'a.y',
    'c.f',
    'c.d.e',
  ]);
});

test('stateOrder keeps every entry once, and what is in order as it is', () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('.'));
  fc.assert(
    fc.property(fc.uniqueArray(name), (names) => {
      const ordered = stateOrder(entries(names));
      expect([...ordered].sort()).toEqual([...names].sort());
      expect(stateOrder(entries(ordered))).toEqual(ordered);
    }),
  );
});

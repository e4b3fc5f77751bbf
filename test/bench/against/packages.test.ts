import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, type Lock } from '../../../bench/against/packages.ts';

const entry = fc.record({ version: fc.constantFrom('1.0.0', '2.0.0'), integrity: fc.constantFrom('a', 'b') });
const lock: fc.Arbitrary<Lock> = fc.record({
  packages: fc.dictionary(fc.constantFrom('', 'node_modules/a', 'node_modules/b', 'node_modules/b/a'), entry),
});

test('contains: a superset of packages in the same versions, without the package itself', () => {
  fc.assert(
    fc.property(lock, lock, (whole, part) => {
      const asked = Object.keys(part.packages).filter((path) => path !== '');
      const same = asked.every(
        (path) => JSON.stringify(whole.packages[path]) === JSON.stringify(part.packages[path]),
      );
      expect(contains(whole, part)).toBe(same);
      expect(contains(whole, whole)).toBe(true);
    }),
  );
});

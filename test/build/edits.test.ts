import fc from 'fast-check';
import { expect, it } from 'vitest';
import { edits } from '../../build/edits.ts';
import { edited } from '../../src/kernels/wasm/edits.ts';

const bytes = fc.uint8Array({ maxLength: 60 });
const latin1 = (binary: Uint8Array): string => Buffer.from(binary).toString('latin1');

it('edits make any bytes of any others', () => {
  fc.assert(
    fc.property(
      fc.array(bytes, { maxLength: 4 }),
      fc.array(bytes, { maxLength: 4 }),
      bytes,
      (a, b, shared) => {
        const joined = (parts: readonly Uint8Array[]): Buffer =>
          Buffer.concat(parts.flatMap((part) => [part, shared]));
        const [from, to] = [joined(a), joined(b)];
        expect(edited(latin1(from), edits(from, to))).toBe(latin1(to));
      },
    ),
  );
});

it('edits are as short as what changes', () => {
  const from = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * i * 7) % 251));
  const to = Buffer.concat([
    from.subarray(0, 100),
    Buffer.from([1, 2, 3]),
    from.subarray(104, 700),
    from.subarray(710),
  ]);
  const found = edits(from, to);
  expect(found).toEqual([
    [100, 4, 'AQID'],
    [596, 10, ''],
  ]);
  expect(edits(from, from)).toEqual([]);
});

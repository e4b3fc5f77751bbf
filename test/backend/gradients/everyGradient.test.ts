import fc from 'fast-check';
import { expect, it } from 'vitest';
import '../../../src/backend/index.ts';
import { describeOnBackends, runs } from '../../support/backends.ts';
import { rows as mappedRows, opOf } from '../../vmap/conformance/rows.ts';
import { differences, gradients, sampleOf } from './differences.ts';
import { furtherRows } from './rows.ts';

// Of these TensorFlow.js has no gradient, or no kernel: `vmap` has them all the same.
const insideVmapAlone = ['einsum', 'BroadcastTo'];
const rows = [...mappedRows, ...furtherRows].filter((row) => !insideVmapAlone.includes(opOf(row)));

describeOnBackends('the gradient', (backend) => {
  const here = rows.filter(
    ({ gradient, only = [backend] }) => gradient.includes(backend) && only.includes(backend),
  );

  it.each(here.map((row) => [row.name, row] as const))(
    'of %s is that of central differences',
    (_, { draw }) => {
      let compared = 0;
      let skipped = 0;
      fc.assert(
        fc.property(draw, fc.nat(1e6), (one, seed) => {
          if (!one.args.some(({ dtype }) => dtype === 'float32')) return;
          const sample = sampleOf(one, seed);
          const actual = gradients(sample);
          const far = differences(sample, backend).flatMap((quotients, arg) =>
            quotients.flatMap((quotient, at) => {
              if (quotient === null) skipped += 1;
              else compared += 1;
              const value = actual[arg]![at]!;
              return quotient === null || Math.abs(value - quotient) <= 2e-3 * Math.max(1, Math.abs(quotient))
                ? []
                : [`by argument ${arg}, number ${at}: ${value}, not ${quotient}`];
            }),
          );
          expect(far).toEqual([]);
        }),
        { numRuns: runs(10) },
      );
      // Where a function has kinks there are few of them.
      expect(skipped).toBeLessThanOrEqual(compared);
    },
  );
});

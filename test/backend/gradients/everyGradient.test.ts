import fc from 'fast-check';
import { expect, it } from 'vitest';
import '../../../src/backend/index.ts';
import { describeOnBackends, runs } from '../../support/backends.ts';
import { hasNumbers } from '../../vmap/support/againstLoop.ts';
import { type Difference, differences, far, gradients, sampleOf } from './differences.ts';
import { rows } from './everyRow.ts';

describeOnBackends('the gradient', (backend) => {
  const here = rows.filter(
    ({ gradient, only = [backend] }) => gradient.includes(backend) && only.includes(backend),
  );

  it.each(here.map((row) => [row.name, row] as const))(
    'of %s is that of central differences',
    (_, { draw }) => {
      const quotients: Difference[] = [];
      fc.assert(
        fc.property(draw, fc.nat(1e6), (one, seed) => {
          if (!hasNumbers(one) || !one.args.some(({ dtype }) => dtype === 'float32')) return;
          const sample = sampleOf(one, seed);
          const wanted = differences(sample, backend, 24);
          quotients.push(...wanted.flat().filter((quotient) => quotient !== undefined));
          expect(far(gradients(sample), wanted)).toEqual([]);
        }),
        { numRuns: runs(10) },
      );
      // Where a function has kinks there are few of them.
      const skipped = quotients.filter((quotient) => quotient === null).length;
      expect(skipped).toBeLessThanOrEqual(quotients.length / 2);
    },
  );
});

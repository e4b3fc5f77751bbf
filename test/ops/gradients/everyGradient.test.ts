import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../../../src/backend/index.ts';
import { runs, startAll } from '../../support/backends.ts';
import { hasNumbers } from '../../vmap/support/againstLoop.ts';
import { type Difference, differences, far, gradients, takeSample, use } from './differences.ts';
import { rowBackends, rows } from './everyRow.ts';

describe('the gradient', () => {
  beforeAll(startAll);

  // All backends on the same draws: what takes long are the differences, which are those of cpu for each.
  it.each(rows.filter((row) => rowBackends(row).length > 0).map((row) => [row.name, row] as const))(
    'of %s is that of central differences',
    (_, row) => {
      const quotients: Difference[] = [];
      fc.assert(
        fc.property(row.draw, fc.nat(1e6), (one, seed) => {
          if (!hasNumbers(one) || !one.args.some(({ dtype }) => dtype === 'float32')) return;
          const sample = takeSample(one, seed);
          const wanted = differences(sample, 24);
          quotients.push(...wanted.flat().filter((quotient) => quotient !== undefined));
          for (const backend of rowBackends(row)) {
            use(backend);
            expect(far(gradients(sample), wanted), backend).toEqual([]);
          }
        }),
        { numRuns: runs(10) },
      );
      // Where a function has kinks there are few of them.
      const skipped = quotients.filter((quotient) => quotient === null).length;
      expect(skipped).toBeLessThanOrEqual(quotients.length / 2);
    },
  );
});

import fc from 'fast-check';
import { everywhere, type Row } from '../../vmap/support/againstLoop.ts';

/** Whole numbers from 0. */
export const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
/** Whole numbers from 1. */
export const from1 = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });

/** A row of a table of operations. */
export const row = (name: string, draw: Row['draw'], gradient = everywhere): Row => ({
  name,
  gradient,
  draw,
});

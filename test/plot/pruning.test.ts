import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bayesian, linear, plot, prune, random, tree } from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { drawn, marks } from './support/figures.ts';
import { named, texts } from './support/xml.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const score = fc.double({ min: -1e6, max: 1e6, noNaN: true });

const report = (kept: number, each: number, after?: number): plot.PruningNumbers => ({
  share: kept,
  variables: [
    { name: '0.weight', share: each },
    { name: '0.bias', share: 1 },
  ],
  ...(after !== undefined && { score: { before: 1, after } }),
});

describe('plot.pruning', () => {
  it('is well formed for any reports, in any order, with and without scores', async () => {
    const reports = fc.array(fc.tuple(share, share, score), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(reports, fc.boolean(), async (shares, scored) => {
        const figure = await plot.pruning(
          shares.map(([kept, each, after]) => report(kept, each, scored ? after : undefined)),
        );
        const root = await drawn(figure);
        expect(texts(root)).toEqual(expect.arrayContaining(['0.weight', '0.bias']));
        expect(texts(root).includes('before')).toBe(scored);
        expect(figure.panels).toHaveLength(scored ? 2 : 1);
      }),
      { numRuns: 20 },
    );
  });

  it('draws the score before as a dashed line and the scores after as dots, from left to right', async () => {
    const root = await drawn(
      await plot.pruning([report(0.2, 0.1, 0.5), report(1, 1, 1), report(0.6, 0.5, 0.9)], {
        yLabel: 'accuracy',
      }),
    );
    expect(texts(root)).toContain('accuracy');
    const [before] = marks(root, 'rule').flatMap((mark) => named(mark, 'line'));
    const dots = marks(root, 'dot').map((mark) => named(mark, 'circle').map(({ attributes }) => attributes));
    expect(dots.map(({ length }) => length)).toEqual([3, 3, 3]);
    const [scores] = dots;
    const heights = scores!.map(({ cy }) => Number(cy));
    expect(heights[0]).toBeCloseTo(Number(before!.attributes.y1), 1);
    expect([...heights].sort((a, b) => a - b)).toEqual(heights);
    const across = scores!.map(({ cx }) => Number(cx));
    expect([...across].sort((a, b) => a - b)).toEqual(across);
  });

  it.each([
    ['no reports', [], 'reports must be one or several reports of prune'],
    ['another value', [3], 'reports must be one or several reports of prune, got 3'],
    ['a share above 1', report(1.2, 1), 'share of a report must be from 0 to 1, got 1.2'],
    ['some scores', [report(1, 1, 1), report(0.5, 1)], 'reports must be all with a score, or all without'],
    ['a score that is NaN', report(1, 1, Number.NaN), 'score of a report must be finite'],
    [
      'reports of two networks',
      [report(1, 1), { share: 1, variables: [{ name: 'a', share: 1 }] }],
      'variables of a report must be those of the first',
    ],
  ])('refuses %s', async (_, reports, message) => {
    await expect(plot.pruning(reports as never)).rejects.toThrow(message);
  });
});

describeOnBackends('plot.pruning', () => {
  it('takes the reports of prune', async () => {
    const model = bayesian()(linear(3, 2));
    const params = model.init(random.key(0));
    const done = await prune(model, params, { signalToNoise: 1, score: () => 0.5 });
    const root = await drawn(await plot.pruning(done.report, { title: 'Pruned' }));
    expect(texts(root)).toEqual(expect.arrayContaining(['Pruned', 'weight', 'bias', 'score']));
    tree.dispose([params, done.params]);
  });
});

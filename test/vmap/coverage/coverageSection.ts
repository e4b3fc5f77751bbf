import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { batchingRules } from '../../../src/vmap/rules/batchingRules.ts';
import { loops } from '../../../src/vmap/rules/loops.ts';
import { refusals } from '../../../src/vmap/rules/refusals.ts';
import { randomOps, refusedOps } from '../conformance/notMapped.ts';
import { opName, rows } from '../conformance/rows.ts';
import type { Row } from '../support/againstLoop.ts';
import { type Coverage, coverage } from './coverage.ts';
import { kinds } from './kinds.ts';

const begin = '<!-- coverage: begin -->';
const end = '<!-- coverage: end -->';

const table = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const code = (name: string): string => `\`${name}\``;
const codes = (names: readonly string[]): string => [...names].sort().map(code).join(', ');
const ops = (names: readonly string[]): string => codes(names.map((name) => `tf.${name}`));

const those = (...how: readonly Coverage['how'][]): readonly Coverage[] =>
  coverage.filter((entry) => how.includes(entry.how));

const ofKinds = (): string =>
  table(
    ['kernels that', 'are'],
    Object.keys(kinds).flatMap((kind) => {
      const kernels = those('rule', 'partly').filter((entry) => entry.kind === kind);
      return kernels.length === 0 ? [] : [[kind, codes(kernels.map(({ kernel }) => kernel))]];
    }),
  );

const ofLoops = (): string =>
  table(
    ['kernel', 'where', 'because'],
    Object.entries(loops).map(([kernel, { where = 'always', because }]) => [code(kernel), where, because]),
  );

const ofRefusals = (): string =>
  table(
    ['kernel', 'operation', 'because', 'instead'],
    Object.entries(refusals).map(([kernel, { op, because, instead }]) => [
      code(kernel),
      code(op),
      because,
      instead.replace(/\b(tf(\.\w+)+|[a-z]+[A-Z]\w*)/g, '`$1`'),
    ]),
  );

const takesFloats = ({ draw }: Row): boolean =>
  fc.sample(draw, { numRuns: 1, seed: 1 })[0]!.args.some(({ dtype }) => dtype === 'float32');

/** The operations on floats of which no row compares a gradient, as tfjs has none. */
const withoutGradient = (): readonly string[] => {
  const differentiable = new Set(
    rows.filter(({ gradient, why }) => gradient.length > 0 || why !== undefined).map(opName),
  );
  const others = rows.filter((row) => !differentiable.has(opName(row)) && takesFloats(row)).map(opName);
  return [...new Set(others)].filter((op) => !(op in batchingRules));
};

const ofGradients = (): string =>
  table(
    ['operation', 'its gradient in TensorFlow.js'],
    rows.flatMap((row) => {
      const op = opName(row);
      return row.why === undefined ? [] : [[code(`tf.${op}`) + row.name.slice(op.length), row.why]];
    }),
  );

const usedKernels = (...how: readonly Coverage['how'][]): number => those(...how).length;

/** What `vmap` does with every kernel and operation of tfjs-core, as Markdown. */
export const coverageSection = (): string =>
  [
    `\`vmap\` covers all ${coverage.length} kernels that tfjs-core ${tf.version_core} names. ` +
      `${usedKernels('rule', 'partly')} have a rule that runs all samples at once; ${usedKernels('partly')} of ` +
      `these run once for each sample in some calls, and ${usedKernels('loop')} more in all of them. ` +
      `${usedKernels('refused')} throw, with an error that names the alternative. The others ` +
      `(${codes(those('none').map(({ kernel }) => kernel))}) take no tensors, so there is nothing to map.`,
    '### All samples at once',
    ofKinds(),
    '### One sample at a time',
    ofLoops(),
    '### Unsupported',
    ofRefusals(),
    `These read values, which no tensor has inside \`vmap\`: ${ops(
      Object.entries(refusedOps)
        .filter(([, { because }]) => because.startsWith('it reads'))
        .map(([name]) => name),
    )}. These draw without a key, so all samples would get the same numbers: ${ops(randomOps)}.`,
    '### Gradients',
    'What TensorFlow.js differentiates can be differentiated inside `vmap` and through it. It has no gradients for ' +
      `${ops(withoutGradient())}. For some others its own gradient is wrong or fails:`,
    ofGradients(),
  ].join('\n\n');

/** A page with its coverage section as it is now. */
export const withCoverage = (page: string): string => {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no lines '${begin}' and '${end}'`);
  return `${page.slice(0, from)}${begin}\n\n${coverageSection()}\n\n${page.slice(to)}`;
};

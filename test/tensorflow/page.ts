import { allBackends } from './backend.ts';
import type { DescribedRow, Outcome, Row, Topic } from './row.ts';
import { described } from './rows/described.ts';
import { topics } from './topics.ts';

const begin = '<!-- rows: begin -->';
const end = '<!-- rows: end -->';

const table = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const number = (x: number): string => (Number.isFinite(x) ? String(Number(x.toPrecision(6))) : `${x}`);

const shown = (outcome: Outcome): string =>
  typeof outcome === 'string' ? `throws \`${outcome}\`` : outcome.map(number).join(' ');

/** What plain TensorFlow.js gives, backends with the same outcome named together. */
const givenBy = ({ gives, without = {} }: Row): string => {
  const wrong = allBackends.filter((backend) => gives[backend] !== undefined);
  const outcomes = [...new Set(wrong.map((backend) => shown(gives[backend]!)))];
  const lines = outcomes.map((outcome) => {
    const those = wrong.filter((backend) => shown(gives[backend]!) === outcome);
    return those.length === allBackends.length ? outcome : `${those.join(', ')}: ${outcome}`;
  });
  const untried = Object.entries(without).map(([backend, why]) => `${backend}: not run (${why})`);
  return [...lines, ...untried].join('<br>');
};

const rightCell = ({ right, because }: Row): string =>
  `${typeof right === 'string' ? right : shown(right)}${because === undefined ? '' : `<br>${because}`}`;

const here = ({ fixed = [], instead, gives }: Row): string => {
  const wrong = allBackends.filter((backend) => gives[backend] !== undefined && !fixed.includes(backend));
  const status = wrong.length === 0 ? 'fixed' : fixed.length > 0 ? `fixed on ${fixed.join(', ')}` : '';
  return [status, instead ?? (status === '' ? 'unchanged' : '')].filter(Boolean).join('; ');
};

const withTest = (text: string, path: string | undefined): string =>
  path === undefined ? text : `${text}<br>\`${path}\``;

const section = ({ title, text, rows }: Topic): string =>
  [
    `## ${title}`,
    text,
    table(
      ['call', 'gives', 'right', 'with this library'],
      rows.map((row) => [row.operation, givenBy(row), rightCell(row), withTest(here(row), row.test)]),
    ),
  ].join('\n\n');

const describedSection = (rows: readonly DescribedRow[]): string =>
  [
    '## Memory',
    'These access memory outside of the tensor, or crash the program. They are described here, not run; the named tests run what this library does instead.',
    table(
      ['call', 'does', 'right', 'with this library'],
      rows.map(({ operation, does, right, here, test }) => [operation, does, right, withTest(here, test)]),
    ),
  ].join('\n\n');

/** The page with its tables written anew from the rows. */
export const withRows = (page: string): string => {
  const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)];
  const sections = [...topics.map(section), describedSection(described)].join('\n\n');
  return `${page.slice(0, from)}\n\n${sections}\n\n${page.slice(to)}`;
};

/** The files and folders that the rows name as their tests. */
export const testsNamed: readonly string[] = [
  ...new Set([...topics.flatMap(({ rows }) => rows), ...described].flatMap(({ test }) => test ?? [])),
];

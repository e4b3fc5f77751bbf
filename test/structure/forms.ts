import { type Source, withoutComments } from './sources.ts';

/** The files stay under this many lines. */
export const maxLines = 501;

/** One line for each file that is too long. */
export const longFiles = (files: readonly Source[]): readonly string[] =>
  files
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines >= maxLines)
    .map(({ path, lines }) => `${path}: ${lines} lines, the limit is under ${maxLines}`);

const reExport = /export\s+(?:type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?)\s+from\s+'[^']+';|import\s+'[^']+';/g;

/** One line for each index.ts with code of its own: what it does apart from re-exporting. */
export const indexesWithCode = (files: readonly Source[]): readonly string[] =>
  files
    .filter(({ path }) => path.endsWith('/index.ts'))
    .map(({ path, text }) => ({ path, rest: withoutComments(text).replace(reExport, '').trim() }))
    .filter(({ rest }) => rest !== '')
    .map(({ path, rest }) => `${path}: does more than re-export: ${rest.split('\n')[0]}`);

const anyType = /(?:[:<|&,(=]|\b(?:as|extends|satisfies|keyof|readonly))\s*any\b(?!\s*[:(])|\bany\[\]/;

/** One line for each use of the type `any`. */
export const usesOfAny = (files: readonly Source[]): readonly string[] =>
  files.flatMap(({ path, text }) =>
    withoutComments(text)
      .replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''")
      .split('\n')
      .filter((line) => anyType.test(line))
      .map((line) => `${path}: has the type any: ${line.trim()}`),
  );

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** A block of code on a page. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  /** What stands behind the language: none, `continues` or `compiled`. */
  readonly mark: string;
  readonly code: string;
}

/** Code that is compiled and, unless it says otherwise, run: a block with all that continue it. */
export interface Program {
  readonly name: string;
  readonly language: string;
  readonly runs: boolean;
  readonly code: string;
}

const isPage = (file: string): boolean =>
  file.endsWith('.md') &&
  !/node_modules|\.vitepress/.test(file) &&
  !file.startsWith(path.join('docs', 'reference'));

const filesBelow = (folder: string): readonly string[] =>
  existsSync(path.join(root, folder))
    ? readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        path.join(folder, file),
      )
    : [];

/** Every page that somebody reads, but for those that are made from the doc comments. */
export const pages = (): readonly string[] =>
  ['README.md', 'CONTRIBUTING.md', ...['docs', 'examples', 'bench', 'notebooks', 'web'].flatMap(filesBelow)]
    .filter(isPage)
    .sort();

const fence = /^( *)```(\w+)(?: ([^\n]*))?\n([\s\S]*?)^\1```$/gm;

/** All blocks of a page's text that name their language. */
export const blocksIn = (page: string, text: string): readonly Block[] =>
  [...text.matchAll(fence)].map(({ 2: language = '', 3: mark = '', 4: code = '', index }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    language,
    mark: mark.trim(),
    code,
  }));

export const readBlocks = (page: string): readonly Block[] =>
  blocksIn(page, readFileSync(path.join(root, page), 'utf8'));

const isCode = ({ language }: Block): boolean => language === 'ts' || language === 'js';

/** The programs of a page: a block without a mark or with `compiled` begins one, those that continue it follow. */
export const collectPrograms = (blocks: readonly Block[]): readonly Program[] => {
  const code = blocks.filter(isCode);
  return code.flatMap((block, index) => {
    if (block.mark === 'continues') return [];
    const next = code.findIndex(({ mark }, other) => other > index && mark !== 'continues');
    const parts = code.slice(index, next === -1 ? code.length : next);
    return [
      {
        name: `${block.page}:${block.line}`,
        language: block.language,
        runs: block.mark !== 'compiled',
        code: parts.map((part) => part.code).join('\n'),
      },
    ];
  });
};

const languages = new Set(['ts', 'js', 'sh', 'py', 'python', 'html', 'json', 'text']);
const marks = new Set(['', 'continues', 'compiled']);

/** What is wrong with the fences of a page: a language or a mark that nobody knows, a block that continues nothing. */
export const findFaults = (blocks: readonly Block[]): readonly string[] =>
  blocks.flatMap((block, index) => {
    const at = `${block.page}:${block.line}`;
    const before = blocks.slice(0, index).filter(isCode).at(-1);
    return [
      ...(languages.has(block.language) ? [] : [`${at}: a block in ${block.language}`]),
      ...(marks.has(block.mark) || !isCode(block) ? [] : [`${at}: a block marked '${block.mark}'`]),
      ...(block.mark === 'continues' && before?.language !== block.language
        ? [`${at}: a block that continues nothing`]
        : []),
    ];
  });

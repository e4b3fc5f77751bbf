import { readFileSync, writeFileSync } from 'node:fs';
import type { Output } from './outputs.ts';

/** Text in a notebook's file: its lines, each with its line break, or all of it in one. */
type Lines = string | readonly string[];

interface Markdown {
  readonly cell_type: 'markdown';
  readonly id: string;
  readonly source: Lines;
}

/** A cell that is run. */
export interface CodeCell {
  readonly cell_type: 'code';
  readonly id: string;
  readonly source: Lines;
  readonly execution_count: number | null;
  readonly outputs: readonly Output[];
}

/** A Jupyter notebook, format 4.5, as far as it concerns running it. */
export interface Notebook {
  readonly cells: readonly (CodeCell | Markdown)[];
}

export const readNotebook = (file: string): Notebook => JSON.parse(readFileSync(file, 'utf8')) as Notebook;

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Written the way Jupyter writes it, so that saving it there changes nothing. */
export const writeNotebook = (file: string, notebook: Notebook): void =>
  writeFileSync(file, `${JSON.stringify(notebook, sorted, 1)}\n`);

const isCode = (cell: CodeCell | Markdown): cell is CodeCell => cell.cell_type === 'code';

export const codeCells = ({ cells }: Notebook): readonly CodeCell[] => cells.filter(isCode);

export const joinText = (lines: Lines): string => (typeof lines === 'string' ? lines : lines.join(''));

/** The notebook with the outputs of each code cell in place of those that it had. */
export const withOutputs = (notebook: Notebook, outputs: readonly (readonly Output[])[]): Notebook => {
  const order = new Map(codeCells(notebook).map((cell, index) => [cell, index]));
  return {
    ...notebook,
    cells: notebook.cells.map((cell) => {
      const index = isCode(cell) ? order.get(cell) : undefined;
      return index === undefined
        ? cell
        : { ...cell, execution_count: index + 1, outputs: outputs[index] ?? [] };
    }),
  };
};

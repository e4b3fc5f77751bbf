import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeCells, joinText, readNotebook } from '../../build/notebooks/notebook.ts';

const files = readdirSync('notebooks').filter((name) => name.endsWith('.ipynb'));

describe.each(files)('notebooks/%s', (name) => {
  const file = join('notebooks', name);
  const notebook = readNotebook(file);
  const code = codeCells(notebook);

  it('was run from a clean state to its end, without warnings, with a figure', () => {
    expect(code.map((cell) => cell.execution_count)).toEqual(code.map((_, index) => index + 1));
    const outputs = code.flatMap((cell) => cell.outputs);
    expect(outputs.filter((output) => 'name' in output && output.name === 'stderr')).toEqual([]);
    const isFigure = (html: unknown): boolean => joinText(html as readonly string[]).startsWith('<svg');
    // As HTML: nbconvert drops SVG.
    expect(outputs.some((output) => 'data' in output && isFigure(output.data['text/html'] ?? ''))).toBe(true);
  });

  it('is small, its cells are short, and each has a unique id', () => {
    expect(statSync(file).size).toBeLessThan(500_000);
    for (const { source } of code) expect(joinText(source).split('\n').length).toBeLessThan(25);
    const ids = notebook.cells.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

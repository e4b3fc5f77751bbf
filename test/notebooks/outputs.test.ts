import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CellEvent } from '../../build/notebooks/cellEvents.ts';
import { readNotebook, withOutputs, writeNotebook } from '../../build/notebooks/notebook.ts';
import { cellOutputs } from '../../build/notebooks/outputs.ts';

const start = (cell: number): CellEvent => ({ event: 'start', cell });
const text = (name: 'stdout' | 'stderr', piece: string): CellEvent => ({
  event: 'stream',
  name,
  text: piece,
});
const svg = (image: string, id: string | undefined, update: boolean): CellEvent => ({
  event: 'display',
  data: { 'image/svg+xml': image },
  metadata: {},
  transient: id === undefined ? {} : { display_id: id },
  update,
});
const shown = (...lines: readonly string[]) => ({
  data: { 'image/svg+xml': lines },
  metadata: {},
  output_type: 'display_data',
});

describe('outputs of cells', () => {
  it('is text in lines, in whatever chunks it came', () => {
    const events = [start(0), text('stdout', 'a'), text('stdout', 'b\nc'), text('stderr', 'd\n'), start(1)];
    expect(cellOutputs(events)).toEqual([
      [
        { name: 'stdout', output_type: 'stream', text: ['ab\n', 'c'] },
        { name: 'stderr', output_type: 'stream', text: ['d\n'] },
      ],
      [],
    ]);
  });

  it('is the last version of a figure, in its place, also when a later cell updates it', () => {
    const events = [
      start(0),
      svg('a', 'one', false),
      svg('<b>\n</b>', undefined, false),
      svg('c', 'one', true),
      start(1),
      text('stdout', 'x\n'),
      svg('d', 'one', true),
    ];
    expect(cellOutputs(events)).toEqual([
      [shown('d'), shown('<b>\n', '</b>')],
      [{ name: 'stdout', output_type: 'stream', text: ['x\n'] }],
    ]);
  });
});

describe("a notebook's file", () => {
  const folder = mkdtempSync(join(tmpdir(), 'notebook-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("gets outputs and counts and is otherwise unchanged, its keys in Jupyter's order", () => {
    const code = {
      cell_type: 'code',
      execution_count: null,
      id: 'b',
      metadata: {},
      outputs: [],
      source: ['1'],
    } as const;
    const notebook = {
      cells: [{ cell_type: 'markdown', id: 'a', metadata: {}, source: ['# A\n', 'b'] }, code],
      metadata: { kernelspec: { name: 'tslab' } },
      nbformat: 4,
      nbformat_minor: 5,
    } as const;
    const file = join(folder, 'a.ipynb');
    const output = { text: ['1\n'], output_type: 'stream', name: 'stdout' } as const;
    writeNotebook(file, withOutputs(notebook, [[output]]));
    expect(readNotebook(file)).toEqual({
      ...notebook,
      cells: [notebook.cells[0], { ...code, execution_count: 1, outputs: [output] }],
    });
    const written = readFileSync(file, 'utf8');
    expect(written).toContain('     "name": "stdout",\n     "output_type": "stream",\n     "text": [');
    expect(written.endsWith('}\n')).toBe(true);
  });
});

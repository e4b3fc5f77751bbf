import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { plot } from '../../src/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'figure-'));
afterAll(() => rmSync(folder, { recursive: true }));
const figure = await plot.trainingCurves([{ loss: 1 }, { loss: 0.5 }], { title: 'größer ≥ 0 🙂' });
const picture = await plot.svg(figure);

describe('plot.save', () => {
  it('writes the figure when it is called', async () => {
    const file = path.join(folder, 'a.svg');
    const saving = plot.save(figure, file);
    expect(() => readFileSync(file)).toThrow();
    expect(await saving()).toEqual(E.right(undefined));
    expect(readFileSync(file, 'utf8')).toBe(picture);
    const other = pathToFileURL(path.join(folder, 'b.svg'));
    expect(await plot.save(figure, other)()).toEqual(E.right(undefined));
    expect(readFileSync(other, 'utf8')).toBe(picture);
  });

  it('names the target that cannot be written', async () => {
    const file = path.join(folder, 'none', 'a.svg');
    const saved = await plot.save(figure, file)();
    expect(saved).toMatchObject(E.left({ _tag: 'Unwritable', target: file }));
    expect(E.isLeft(saved) && saved.left.message).toContain(`${file} cannot be written: `);
  });

  it('writes through the handle of a browser, as SVG', async () => {
    const [write, close] = [vi.fn(async (_: Blob) => {}), vi.fn(async () => {})];
    const handle = { name: 'a.svg', createWritable: async () => ({ write, close }) };
    expect(await plot.save(figure, handle)()).toEqual(E.right(undefined));
    const [blob] = write.mock.calls[0]!;
    expect(blob.type).toBe('image/svg+xml');
    expect(await blob.text()).toBe(picture);
    expect(close).toHaveBeenCalledOnce();
  });

  it('rejects anything that is not a figure or a target', () => {
    expect(() => plot.save('<svg/>' as never, 'a.svg')).toThrow('plot.save: figure must be a figure');
    expect(() => plot.save(figure, '')).toThrow('plot.save: target must be a path');
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { plot } from '../../src/index.ts';

const figure = await plot.trainingCurves([{ loss: 1 }, { loss: 0.5 }]);
const picture = await plot.svg(figure);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('plot.show', () => {
  it('shows in a tslab notebook as HTML, which nbconvert keeps', async () => {
    const html = vi.fn();
    const require = vi.fn((name: string) => (name === 'tslab' ? { display: { html } } : undefined));
    vi.stubGlobal('__tslab__', { exports: {}, require });
    await plot.show(figure);
    expect(html.mock.calls).toEqual([[picture]]);
  });

  it('shows in an element or a display', async () => {
    const element = { innerHTML: 'before' };
    await plot.show(figure, element);
    expect(element.innerHTML).toBe(picture);
    const display = { html: vi.fn() };
    await plot.show(figure, display);
    expect(display.html.mock.calls).toEqual([[picture]]);
  });

  it('names what is missing', async () => {
    await expect(plot.show(figure)).rejects.toThrow(
      'plot.show: place must be an element of the page, or a notebook',
    );
    await expect(plot.show(figure, null)).rejects.toThrow('plot.show: place must be');
    await expect(plot.show(Promise.resolve(figure) as never, { innerHTML: '' })).rejects.toThrow(
      'is an await missing',
    );
    await expect(plot.show(picture as never)).rejects.toThrow('plot.show: figure must be a figure');
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { plot } from '../../src/index.ts';

const figure = await plot.trainingCurves([{ loss: 1 }, { loss: 0.5 }]);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('plot.show', () => {
  it('shows in a tslab notebook, if there is one', () => {
    const svg = vi.fn();
    const require = vi.fn((name: string) => (name === 'tslab' ? { display: { svg } } : undefined));
    vi.stubGlobal('__tslab__', { exports: {}, require });
    expect(plot.show(figure)).toBeUndefined();
    expect(svg.mock.calls).toEqual([[figure.svg]]);
  });

  it('shows in an element or a display', () => {
    const element = { innerHTML: 'before' };
    plot.show(figure, element);
    expect(element.innerHTML).toBe(figure.svg);
    const display = { svg: vi.fn() };
    plot.show(figure, display);
    expect(display.svg.mock.calls).toEqual([[figure.svg]]);
  });

  it('names what is missing', () => {
    expect(() => plot.show(figure)).toThrow('plot.show: place must be an element of the page, or a notebook');
    expect(() => plot.show(figure, null)).toThrow('plot.show: place must be');
    expect(() => plot.show(Promise.resolve(figure) as never, { innerHTML: '' })).toThrow(
      'is an await missing',
    );
    expect(() => plot.show(figure.svg as never)).toThrow('plot.show: figure must be a figure');
  });
});

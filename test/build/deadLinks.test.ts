import { describe, expect, it } from 'vitest';
import { deadLinks } from '../../build/deadLinks.ts';

const check = (html: string): readonly string[] =>
  deadLinks(
    new Map([
      ['index.html', '<h1 id="top"></h1>'],
      ['guide/a.html', html],
    ]),
    new Set(['index.html', 'guide/a.html', 'style.css']),
  );

describe('deadLinks', () => {
  it('accepts existing targets, and links to other hosts', () => {
    expect(check('<link href="/style.css"><a href="/">x</a><a class="y" href="../#top">x</a>')).toEqual([]);
    expect(check('<h2 id="übung"></h2><a href="#%C3%BCbung">x</a><a href="/guide/a#">x</a>')).toEqual([]);
    expect(check('<a href="https://example.org/none">x</a>')).toEqual([]);
    expect(check('<img alt="" src="data:image/svg+xml;base64,PHN2Zy8+">')).toEqual([]);
  });

  it('names missing pages and anchors', () => {
    expect(check('<a href="./b">x</a>')).toEqual(['guide/a.html: no page ./b']);
    expect(check('<a href="/#down">x</a>')).toEqual(['guide/a.html: no anchor /#down']);
    expect(check('<img alt="" src="/none.svg">')).toEqual(['guide/a.html: no page /none.svg']);
  });

  it('names resources loaded from another host', () => {
    expect(check('<script src="https://cdn.example.org/x.js"></script>')).toEqual([
      'guide/a.html: loads https://cdn.example.org/x.js',
    ]);
  });
});

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
  it('lets pass what the site has, and links elsewhere', () => {
    expect(check('<link href="/style.css"><a href="/">x</a><a class="y" href="../#top">x</a>')).toEqual([]);
    expect(check('<h2 id="übung"></h2><a href="#%C3%BCbung">x</a><a href="/guide/a#">x</a>')).toEqual([]);
    expect(check('<a href="https://example.org/none">x</a>')).toEqual([]);
  });

  it('names pages and anchors that are not there', () => {
    expect(check('<a href="./b">x</a>')).toEqual(['guide/a.html: no page ./b']);
    expect(check('<a href="/#down">x</a>')).toEqual(['guide/a.html: no anchor /#down']);
    expect(check('<img alt="" src="/none.svg">')).toEqual(['guide/a.html: no page /none.svg']);
  });

  it('names what is loaded from another host', () => {
    expect(check('<script src="https://cdn.example.org/x.js"></script>')).toEqual([
      'guide/a.html: loads https://cdn.example.org/x.js',
    ]);
  });
});

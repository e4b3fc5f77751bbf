/** The pages of a built site: their paths from its root, such as `guide/a.html`, and their HTML. */
export type Site = ReadonlyMap<string, string>;

const tag = /<(a|link|script|img|source|iframe)\b[^>]*?\s(?:href|src)="([^"]*)"/g;
const ids = (html: string): ReadonlySet<string> =>
  new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => id));

const away = (target: string): boolean => /^(?:[a-z]+:|\/\/)/i.test(target);

/** The file that an address of the site is served from: `/guide/a` is `guide/a.html`, and `/` is `index.html`. */
const pageFile = (pathname: string): string => {
  const path = decodeURIComponent(pathname).slice(1);
  if (path === '' || path.endsWith('/')) return `${path}index.html`;
  return /\.\w+$/.test(path) ? path : `${path}.html`;
};

/**
 * What is wrong with the links of a built site, a line each: those to pages, files or anchors that it does not have, and
 * whatever a page would load from another host. Links for the reader to follow elsewhere are left alone.
 */
export const deadLinks = (site: Site, files: ReadonlySet<string>): readonly string[] => {
  const anchors = new Map([...site].map(([path, html]) => [path, ids(html)] as const));
  return [...site].flatMap(([path, html]) =>
    [...html.matchAll(tag)].flatMap(([, element, target = '']) => {
      if (target.startsWith('data:')) return [];
      if (away(target)) return element === 'a' ? [] : [`${path}: loads ${target}`];
      const { pathname, hash } = new URL(target.replaceAll('&amp;', '&'), `https://site/${path}`);
      const file = pageFile(pathname);
      if (!files.has(file)) return [`${path}: no page ${target}`];
      const known = anchors.get(file);
      const anchor = decodeURIComponent(hash.slice(1));
      return anchor === '' || known === undefined || known.has(anchor)
        ? []
        : [`${path}: no anchor ${target}`];
    }),
  );
};

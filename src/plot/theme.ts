import type { Attributes, Markup } from './element.ts';
import { element } from './element.ts';

/**
 * `'light'` and `'dark'` are for places whose colour is known. `'auto'` follows what the reader's system prefers; where
 * that cannot be known, as in a PNG, it is the light one.
 */
export type Theme = 'auto' | 'light' | 'dark';

/** What a colour is for. Series are told apart by the last four. */
export type Role = 'paper' | 'ink' | 'muted' | 'grid' | 'first' | 'second' | 'third' | 'fourth';

type Colors = Readonly<Record<Role, string>>;

/**
 * Series in the colours of Okabe and Ito (Color universal design, 2008), which all kinds of colour vision tell apart:
 * on white their blue, vermilion, bluish green and reddish purple, on black sky blue and orange for the first two.
 */
const colors: Readonly<Record<'light' | 'dark', Colors>> = {
  light: {
    paper: '#ffffff',
    ink: '#1f2328',
    muted: '#59636e',
    grid: '#e1e4e8',
    first: '#0072b2',
    second: '#d55e00',
    third: '#009e73',
    fourth: '#cc79a7',
  },
  dark: {
    paper: '#15181d',
    ink: '#e6edf3',
    muted: '#9aa4af',
    grid: '#30363d',
    first: '#56b4e9',
    second: '#e69f00',
    third: '#009e73',
    fourth: '#cc79a7',
  },
};

/** Gives an element its colour. */
export interface Paint {
  readonly fill: (role: Role) => Attributes;
  readonly stroke: (role: Role) => Attributes;
  /** What a figure in this theme has to bring beside its elements. */
  readonly style: Markup;
}

const roles = Object.keys(colors.light) as readonly Role[];

const darkRules = roles
  .map((role) => `.tfb-f-${role}{fill:${colors.dark[role]}}.tfb-s-${role}{stroke:${colors.dark[role]}}`)
  .join('');

/**
 * The colours of a theme. They are attributes, which every viewer reads and no page changes. For `'auto'` a style
 * with classes of our own turns paper and ink together, so that a figure is legible on whatever it stands, and stays
 * the light one where a style is taken away.
 */
export const paintOf = (theme: Theme): Paint => {
  const chosen = colors[theme === 'dark' ? 'dark' : 'light'];
  const classOf = (kind: 'f' | 's', role: Role): Attributes =>
    theme === 'auto' ? { class: `tfb-${kind}-${role}` } : {};
  return {
    fill: (role) => ({ fill: chosen[role], ...classOf('f', role) }),
    stroke: (role) => ({ stroke: chosen[role], ...classOf('s', role) }),
    style: theme === 'auto' ? element('style', {}, `@media(prefers-color-scheme:dark){${darkRules}}`) : '',
  };
};

const series = ['first', 'second', 'third', 'fourth'] as const;
const dashes = [undefined, '6 3', '2 3', '8 3 2 3'] as const;

/** The colour of the series at an index, and the dashes of its line where colours repeat. */
export const seriesAt = (index: number): { readonly role: Role; readonly dash: Attributes } => {
  const dash = dashes[Math.floor(index / series.length) % dashes.length];
  return {
    role: series[index % series.length] ?? 'first',
    dash: dash === undefined ? {} : { 'stroke-dasharray': dash },
  };
};

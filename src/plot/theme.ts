import type { Attributes, Markup } from './element.ts';
import { element } from './element.ts';

/**
 * The colours of a figure. `'light'` and `'dark'` are for a known background. `'auto'` follows the preference of the
 * reader's system; where that is unknown, as in a PNG, it is light.
 */
export type Theme = 'auto' | 'light' | 'dark';

/** The role of a colour. The last four distinguish series. */
export type Role = 'paper' | 'ink' | 'muted' | 'grid' | 'first' | 'second' | 'third' | 'fourth';

type Colors = Readonly<Record<Role, string>>;

/**
 * Series in the colours of Okabe and Ito (Color universal design, 2008), which are distinct for all kinds of colour
 * vision: on white their blue, vermilion, bluish green and reddish purple, on black sky blue and orange for the first two.
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

/** Colours elements. */
export interface Paint {
  readonly fill: (role: Role) => Attributes;
  readonly stroke: (role: Role) => Attributes;
  /** The style element that a figure in this theme needs. */
  readonly style: Markup;
}

const roles = Object.keys(colors.light) as readonly Role[];

const darkRules = roles
  .map((role) => `.tfb-f-${role}{fill:${colors.dark[role]}}.tfb-s-${role}{stroke:${colors.dark[role]}}`)
  .join('');

/**
 * The colours of a theme. They are attributes, which every viewer supports and no page overrides. For `'auto'` a style
 * with the figure's own classes switches background and ink together, so that a figure is legible anywhere, and stays
 * light if the style is removed.
 */
export const themePaint = (theme: Theme): Paint => {
  const chosen = colors[theme === 'dark' ? 'dark' : 'light'];
  const className = (kind: 'f' | 's', role: Role): Attributes =>
    theme === 'auto' ? { class: `tfb-${kind}-${role}` } : {};
  return {
    fill: (role) => ({ fill: chosen[role], ...className('f', role) }),
    stroke: (role) => ({ stroke: chosen[role], ...className('s', role) }),
    style: theme === 'auto' ? element('style', {}, `@media(prefers-color-scheme:dark){${darkRules}}`) : '',
  };
};

const series = ['first', 'second', 'third', 'fourth'] as const;
const dashes = [undefined, '6 3', '2 3', '8 3 2 3'] as const;

/** The colour of a series by index, and its line's dashes when colours repeat. */
export const seriesAt = (index: number): { readonly role: Role; readonly dash: Attributes } => {
  const dash = dashes[Math.floor(index / series.length) % dashes.length];
  return {
    role: series[index % series.length] ?? 'first',
    dash: dash === undefined ? {} : { 'stroke-dasharray': dash },
  };
};

/**
 * The colours of a figure's picture. `'light'` and `'dark'` are for a known background. `'auto'` follows the preference of
 * the reader's system; where that is unknown, as in a PNG, it is light.
 */
export type Theme = 'auto' | 'light' | 'dark';

/**
 * The colours of figures. Series have those of Okabe and Ito (Color universal design, 2008), which are distinct for all kinds
 * of colour vision: blue, vermilion, bluish green and reddish purple.
 */
export const colors = {
  paper: '#ffffff',
  ink: '#1f2328',
  muted: '#59636e',
  first: '#0072b2',
  second: '#d55e00',
  third: '#009e73',
  fourth: '#cc79a7',
} as const;

/** Those that differ on a dark background: of the same palette, sky blue and orange are the first two series. */
export const darkColors = [
  [colors.paper, '#15181d'],
  [colors.ink, '#e6edf3'],
  [colors.muted, '#9aa4af'],
  [colors.first, '#56b4e9'],
  [colors.second, '#e69f00'],
] as const;

/** The description of pictures that are white on black on a dark background. */
export const INK = 'black on white';

/** A colour with an opacity, as `#rrggbbaa`. */
export const translucent = (color: string, opacity: number): string =>
  color +
  Math.round(255 * opacity)
    .toString(16)
    .padStart(2, '0');

/** A colour: red, green and blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** The colours of a theme, from the style sheet. */
export interface Theme {
  readonly paper: Rgb;
  readonly ink: Rgb;
  readonly grid: Rgb;
  readonly curve: Rgb;
  readonly classes: readonly [Rgb, Rgb];
  readonly aleatoric: Rgb;
  readonly epistemic: Rgb;
}

/** A colour of the form `#rrggbb` or `#rgb`, as build tools shorten it; black for anything else. */
export const parsed = (text: string): Rgb => {
  const short = /^#(.)(.)(.)$/.exec(text.trim());
  const [, r, g, b] = short ?? /^#(..)(..)(..)$/.exec(text.trim()) ?? [];
  const value = (digits = '0'): number => Number.parseInt(short ? digits + digits : digits, 16);
  return [value(r), value(g), value(b)];
};

/** The colour between two others at `t` from 0 to 1. */
export const mixed = (from: Rgb, to: Rgb, t: number): Rgb => {
  const at = Math.max(0, Math.min(1, t));
  return from.map((value, i) => value + at * ((to[i] as number) - value)) as unknown as Rgb;
};

/** A colour in the form that a canvas accepts. */
export const css = ([r, g, b]: Rgb, alpha = 1): string =>
  `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)} / ${alpha})`;

/** The theme in which an element is displayed. */
export const readTheme = (element: Element): Theme => {
  const style = getComputedStyle(element);
  const named = (name: string): Rgb => parsed(style.getPropertyValue(`--${name}`));
  return {
    paper: named('paper'),
    ink: named('ink'),
    grid: named('grid'),
    curve: named('curve'),
    classes: [named('class-0'), named('class-1')],
    aleatoric: named('aleatoric'),
    epistemic: named('epistemic'),
  };
};

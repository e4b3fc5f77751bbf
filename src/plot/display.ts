import { invalidArgument } from '../check/index.ts';

/** Displays pictures in a notebook: `tslab.display`, or `tslab.newDisplay()`, which replaces the previous picture. */
export interface NotebookDisplay {
  readonly svg: (svg: string) => void;
}

/** The target of a figure: an element of a page, whose content it replaces, or a notebook's display. */
export type Display = NotebookDisplay | { innerHTML: string };

const isDisplay = (place: unknown): place is NotebookDisplay =>
  typeof place === 'object' && place !== null && 'svg' in place && typeof place.svg === 'function';

/** A function that shows SVG in a display. */
export const displayed = (argument: string, place: unknown): ((svg: string) => void) => {
  if (isDisplay(place)) return (svg) => place.svg(svg);
  if (typeof place === 'object' && place !== null && 'innerHTML' in place) {
    return (svg) => {
      place.innerHTML = svg;
    };
  }
  return invalidArgument(
    argument,
    "an element of the page, or a notebook's display (which is detected only in tslab)",
    place,
  );
};

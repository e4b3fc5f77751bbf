import { invalidArgument } from '../check/index.ts';
import { assertFigure, type Drawable, svg } from './svg.ts';

/** Displays pictures in a notebook: `tslab.display`, or `tslab.newDisplay()`, which replaces the previous picture. */
export interface NotebookDisplay {
  readonly html: (html: string) => void;
}

/** The target of a figure: an element of a page, whose content it replaces, or a notebook's display. */
export type Display = NotebookDisplay | { innerHTML: string };

/** The part of tslab's API that is used. */
interface Tslab {
  /** Adds to the output of the cell. */
  readonly display: NotebookDisplay;
  /** A display that replaces its previous picture. */
  readonly newDisplay: () => NotebookDisplay;
}

/**
 * The tslab that runs this notebook; `undefined` elsewhere. It cannot be imported: tslab is available only to its cells,
 * through the `require` that it keeps in a global. Looked up at each call, since a notebook may be restarted.
 */
export const tslab = (): Tslab | undefined => {
  const { __tslab__: notebook } = globalThis as {
    readonly __tslab__?: { readonly require?: (name: string) => unknown };
  };
  return notebook?.require?.('tslab') as Tslab | undefined;
};

const isDisplay = (place: object): place is NotebookDisplay =>
  'html' in place && typeof place.html === 'function';

/** A function that shows SVG in a display: in a notebook as HTML, since nbconvert drops SVG. */
export const displayed = (argument: string, place: unknown): ((svg: string) => void) => {
  if (typeof place === 'object' && place !== null) {
    if (isDisplay(place)) return (picture) => place.html(picture);
    if ('innerHTML' in place)
      return (picture) => {
        place.innerHTML = picture;
      };
  }
  return invalidArgument(
    argument,
    "an element of the page, or a notebook's display (which is detected only in tslab)",
    place,
  );
};

/**
 * Shows a figure: in a tslab notebook below the cell, in a page in the given element, whose content it replaces.
 *
 * @throws Error for an invalid figure, and outside a notebook if no element is given
 * @example
 * const figure = await plot.trainingCurves({ loss: [3.1, 2.2, 1.9] });
 * // In a page document.querySelector('#curves'); not needed in a notebook:
 * const place = { innerHTML: '' };
 * await plot.show(figure, place);
 */
export const show = async <F extends Drawable>(figure: F, place?: Display | null): Promise<void> => {
  assertFigure('plot.show: figure', figure);
  displayed('plot.show: place', place === undefined ? tslab()?.display : place)(await svg(figure));
};

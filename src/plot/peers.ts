import type * as ObservablePlot from '@observablehq/plot';
import { importByName } from '../backend/importByName.ts';

/** The module of Observable Plot. */
export type Plot = typeof ObservablePlot;

interface Linkedom {
  readonly parseHTML: (html: string) => { readonly document: Document };
}

const missing = (name: string, cause: unknown): Error =>
  new Error(`plot needs the package ${name}: npm install ${name}`, { cause });

/**
 * Observable Plot, which is imported when the first figure is made. Bundlers see this import; where the package is missing,
 * they only warn of it, since it is in a `try`.
 */
export const loadPlot = async (): Promise<Plot> => {
  try {
    return await import('@observablehq/plot');
  } catch (cause) {
    throw missing('@observablehq/plot', cause);
  }
};

/** The page's document, or outside of pages one of `linkedom`. */
export const loadDocument = async (): Promise<Document> => {
  if (typeof document !== 'undefined') return document;
  try {
    const { parseHTML } = (await importByName('linkedom')) as Linkedom;
    return parseHTML('<html></html>').document;
  } catch (cause) {
    throw missing('linkedom', cause);
  }
};

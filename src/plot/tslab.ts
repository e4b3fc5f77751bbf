import type { NotebookDisplay } from './display.ts';

/** What there is of tslab. */
export interface Tslab {
  /** Adds to what is below the cell. */
  readonly display: NotebookDisplay;
  /** A display that shows each picture in place of the one before. */
  readonly newDisplay: () => NotebookDisplay;
}

/**
 * The tslab that runs this notebook; `undefined` elsewhere. It is no package of ours to import: tslab gives itself to
 * its cells alone, through the `require` that it keeps in a global. It is looked for at each call, since a
 * notebook may be restarted.
 */
export const tslab = (): Tslab | undefined => {
  const { __tslab__: notebook } = globalThis as {
    readonly __tslab__?: { readonly require?: (name: string) => unknown };
  };
  return notebook?.require?.('tslab') as Tslab | undefined;
};

import type { NotebookDisplay } from './display.ts';

/** The part of tslab's API that is used. */
export interface Tslab {
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

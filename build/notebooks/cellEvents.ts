/** Data by MIME type, as Jupyter's protocol has it. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** The events that kernel.cjs reports of the cells it runs, in order. */
export type CellEvent =
  | { readonly event: 'start'; readonly cell: number; readonly ok?: never }
  | { readonly event: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | {
      readonly event: 'display';
      readonly data: MimeBundle;
      readonly metadata: MimeBundle;
      readonly transient?: { readonly display_id?: string };
      /** Whether it takes the place of what was displayed under the same id. */
      readonly update: boolean;
    }
  /** Thrown where no cell could catch it: in a timer or a promise that nobody waits for. */
  | { readonly event: 'lateError'; readonly text: string }
  | { readonly event: 'end'; readonly cell: number; readonly ok: boolean }
  | { readonly event: 'done' };

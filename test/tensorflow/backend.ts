/** The backends of the table, in the order of its columns. */
export const allBackends = ['cpu', 'wasm', 'webgpu'] as const;

/** A backend of the table. */
export type Backend = (typeof allBackends)[number];

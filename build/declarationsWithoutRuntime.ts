/** A file of a bundle, as far as it matters here. */
interface Output {
  readonly type: 'chunk' | 'asset';
  code?: string;
}

/** A Rolldown plugin. */
export interface DeclarationsPlugin {
  readonly name: string;
  readonly generateBundle: (options: unknown, bundle: Readonly<Record<string, Output>>) => void;
}

/**
 * Takes Rolldown's run-time helper for namespaces out of the export lists of declarations. With `export * as tree`
 * the CommonJS declarations export it without having it, which tsc refuses.
 */
export const declarationsWithoutRuntime = (): DeclarationsPlugin => ({
  name: 'declarations-without-runtime',
  generateBundle: (_, bundle) => {
    for (const [name, output] of Object.entries(bundle))
      if (/\.d\.[cm]ts$/.test(name) && output.type === 'chunk' && output.code !== undefined)
        output.code = output.code.replace(/\b__exportAll as \w+, /g, '');
  },
});

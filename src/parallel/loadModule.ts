import { importByName } from '../backend/importByName.ts';

type Exports = Readonly<Record<string, unknown>>;

/** Of Node, where it does not know TypeScript, or not all of it. */
const untyped = new Set(['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX']);

interface TsxApi {
  readonly tsImport: (address: string, parent: string) => Promise<Exports>;
}

/** Imports a module through tsx, whose hooks Node 20 does not hand on to threads. */
const throughTsx = async (address: string): Promise<Exports> => {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  // Beside its file for `require` is the one for `import`.
  const api = createRequire(address)
    .resolve('tsx/esm/api')
    .replace(/\.cjs$/, '.mjs');
  const { tsImport } = (await importByName(pathToFileURL(api).href)) as TsxApi;
  return tsImport(address, address);
};

const isMissing = (error: unknown): boolean =>
  (error as { readonly code?: string }).code === 'MODULE_NOT_FOUND';

/**
 * Imports a module of jobs by its URL, in Node: JavaScript, or TypeScript where the package tsx is installed.
 *
 * @example
 * const { train } = await loadModule('file:///work/jobs.ts');
 */
export const loadModule = async (address: string): Promise<Exports> => {
  try {
    return (await importByName(address)) as Exports;
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === undefined || !untyped.has(code)) throw error;
    return await throughTsx(address).catch((failed: unknown) => {
      if (!isMissing(failed)) throw failed;
      throw new Error('workers read TypeScript through the package tsx: npm install tsx', { cause: error });
    });
  }
};

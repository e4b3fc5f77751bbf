// The script of Node's threads: it imports the module of each job by the address that the job has.

import { importByName } from '../backend/importByName.ts';
import { listen } from './serve.ts';

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

const load = async (address: string): Promise<Exports> => {
  try {
    return (await importByName(address)) as Exports;
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === undefined || !untyped.has(code)) throw error;
    return await throughTsx(address).catch((failed: unknown) => {
      if (!isMissing(failed)) throw failed;
      throw new Error('threads read TypeScript through the package tsx: npm install tsx', { cause: error });
    });
  }
};

void listen(async (address, name) => (await load(address))[name]);

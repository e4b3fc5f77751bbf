import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const prefix = '\0fp-ts/';
const notice = '/*! Includes code of fp-ts, Copyright Giulio Canti, MIT; see NOTICE */\n';

/** A Rolldown plugin. */
export interface FpTsPlugin {
  readonly name: string;
  readonly resolveId: (
    id: string,
    importer?: string,
  ) => { id: string; external?: true; moduleSideEffects?: false } | null;
  readonly load: (id: string) => { code: string; moduleType: 'js' } | null;
}

/**
 * Takes the few functions of fp-ts that the library calls into the output. The form that resolves everywhere, `fp-ts/lib`, is
 * CommonJS, of which a bundler keeps whole modules and all that they import: 120 KB. Declarations keep the import.
 */
export const treeShakenFpTs = (): FpTsPlugin => {
  const modules = join(dirname(createRequire(import.meta.url).resolve('fp-ts/package.json')), 'es6');
  const named = (name: string) => ({ id: prefix + name, moduleSideEffects: false }) as const;
  return {
    name: 'tree-shaken-fp-ts',
    resolveId: (id, importer = '') => {
      const [, ours] = /^fp-ts\/lib\/(\w+)\.js$/.exec(id) ?? [];
      if (ours !== undefined) return /\.d\.[cm]?ts$/.test(importer) ? { id, external: true } : named(ours);
      const [, theirs] = /^\.\/(\w+)$/.exec(id) ?? [];
      return theirs !== undefined && importer.startsWith(prefix) ? named(theirs) : null;
    },
    load: (id) => {
      if (!id.startsWith(prefix)) return null;
      const code = readFileSync(join(modules, `${id.slice(prefix.length)}.js`), 'utf8');
      return { code: notice + code, moduleType: 'js' };
    },
  };
};

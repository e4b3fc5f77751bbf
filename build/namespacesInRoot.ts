import type { Rolldown } from 'vite';

/**
 * Lets the root export namespaces as they stand in their own entries, `export * as random from "./random.mjs"`. Of the object
 * that Rolldown makes instead, bundlers keep all members if one is used.
 *
 * @param names the namespaces, each of which has an entry of its name
 * @throws Error if the root does not export one of them as an object
 */
export const namespacesInRoot = (names: readonly string[]): Rolldown.Plugin => ({
  name: 'namespaces-in-root',
  generateBundle(_, bundle) {
    const root = bundle['index.mjs'];
    if (root?.type !== 'chunk') return;
    for (const name of names) {
      const imported = new RegExp(`^import \\{ \\w+ as ${name}_exports \\} from "[^"]+";\\n`, 'm');
      const exported = new RegExp(`(\\{ |, )${name}_exports as ${name}(, | \\})`);
      if (!imported.test(root.code) || !exported.test(root.code))
        throw new Error(`the root does not export the namespace ${name} as an object`);
      root.code = root.code
        .replace(imported, `export * as ${name} from "./${name}.mjs";\n`)
        .replace(exported, (_, before: string, after: string) => (after === ', ' ? before : after));
    }
  },
});

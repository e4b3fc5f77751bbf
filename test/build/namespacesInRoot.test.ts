import { describe, expect, it } from 'vitest';
import { namespacesInRoot } from '../../build/namespacesInRoot.ts';

const imported = (name: string): string => `import { t as ${name}_exports } from "./${name}-A1b2_C.mjs";\n`;

const changed = (code: string, names: readonly string[]): string => {
  const root = { type: 'chunk', code };
  const { generateBundle } = namespacesInRoot(names) as unknown as {
    readonly generateBundle: (options: object, bundle: object) => void;
  };
  generateBundle({}, { 'index.mjs': root, 'tree.mjs': { type: 'chunk', code } });
  return root.code;
};

describe('the namespaces of the root', () => {
  it('are exported as they stand in their entries, in whatever place', () => {
    const code = `${imported('random')}${imported('tree')}export { a, random_exports as random, tree_exports as tree };\n`;
    expect(changed(code, ['random', 'tree'])).toBe(
      'export * as random from "./random.mjs";\nexport * as tree from "./tree.mjs";\nexport { a };\n',
    );
    expect(changed(`${imported('tree')}export { tree_exports as tree, z };\n`, ['tree'])).toBe(
      'export * as tree from "./tree.mjs";\nexport { z };\n',
    );
  });

  it('have to be there', () => {
    const code = `${imported('tree')}export { tree_exports as tree };\n`;
    expect(() => changed(code, ['random'])).toThrow(/the root does not export the namespace random/);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { subpaths } from '../../build/subpaths.ts';
import { version } from '../../build/version.ts';
import { indexesWithCode, longFiles, usesOfAny } from './forms.ts';
import { badImports, mayImport, readImports } from './imports.ts';
import { sources, withoutComments } from './sources.ts';

const src = sources('src');
const all = ['src', 'test', 'build', 'examples', 'bench', 'study', 'web'].flatMap(sources);

describe('the repository', () => {
  it('is not empty', () => {
    expect(src.map(({ path }) => path)).toContain('src/tree/tree.ts');
  });

  it('is cited by the version of the package', () => {
    expect(readFileSync('CITATION.cff', 'utf8')).toContain(`\nversion: ${version}\n`);
  });

  it('imports only down the table of folders', () => {
    expect(badImports(src)).toEqual([]);
  });

  it('has nothing but re-exports in each index.ts', () => {
    expect(indexesWithCode(src)).toEqual([]);
  });

  it('keeps its files short', () => {
    expect(longFiles(all)).toEqual([]);
  });

  it('does not shred its ideas over files', () => {
    const short = src.filter(({ text }) => text.trimEnd().split('\n').length <= 30);
    expect(short.length).toBeLessThanOrEqual(src.length / 5);
  });

  it('casts through unknown in few places', () => {
    const casts = src.flatMap(({ text }) => withoutComments(text).match(/\bas unknown as\b/g) ?? []);
    expect(casts.length).toBeLessThan(40);
  });

  it('has the folders and their imports of docs/architecture.md', () => {
    const rows = readFileSync('docs/architecture.md', 'utf8').matchAll(
      /^\| `(\w+)` \| .* \| ([\w, ]+) \|$/gm,
    );
    const documented = Object.fromEntries(
      [...rows].map(([, folder, list]) => [folder, list === 'none' ? [] : list!.split(', ')]),
    );
    expect(documented).toEqual(mayImport);
  });

  it('has no type any', () => {
    expect(usesOfAny(all.filter(({ path }) => !path.startsWith('test/structure/')))).toEqual([]);
  });

  it('exports each subpath from the root as well', () => {
    const root = readImports(src.find(({ path }) => path === 'src/index.ts')!).map(({ from }) => from);
    expect(root).toEqual(expect.arrayContaining(subpaths.map((name) => `./${name}/index.ts`)));
  });

  it('exports each subpath as ESM and as CommonJS', () => {
    const { exports, typesVersions } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      exports: Record<string, unknown>;
      typesVersions: { '*': Record<string, readonly string[]> };
    };
    const entry = (name: string) => ({
      import: { types: `./dist/${name}.d.mts`, default: `./dist/${name}.mjs` },
      require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
    });
    expect(exports).toEqual({
      '.': entry('index'),
      ...Object.fromEntries(subpaths.map((name) => [`./${name}`, entry(name)])),
      './package.json': './package.json',
    });
    expect(typesVersions['*']).toEqual(
      Object.fromEntries(subpaths.map((name) => [name, [`./dist/${name}.d.cts`]])),
    );
  });
});

describe('the checks of the structure', () => {
  const file = (path: string, text: string) => [{ path, text }];

  it('name the file and the import that runs up', () => {
    expect(badImports(file('src/tree/a.ts', "import { key } from '../random/index.ts';"))).toEqual([
      'src/tree/a.ts: imports ../random/index.ts, but src/tree may only import check',
    ]);
    const wrapped = "export {\n  a,\n  type B,\n} from '../../layers/layer.ts';";
    expect(badImports(file('src/random/deep/a.ts', wrapped))).toHaveLength(1);
    expect(badImports(file('src/layers/a.ts', "import { key } from '../random/index.ts';"))).toEqual([]);
  });

  it('refuse packages and forms that do not resolve everywhere', () => {
    const of = (from: string) => badImports(file('src/tree/a.ts', `import { x } from '${from}';`));
    expect(of('fp-ts/lib/function.js')).toEqual([]);
    expect(of('@tensorflow/tfjs-core')).toEqual([]);
    for (const from of ['fp-ts/function', 'node:fs', 'cli-progress', './tree', '../../test/a.ts'])
      expect(of(from)).toHaveLength(1);
    expect(badImports(file('src/new/a.ts', "import '../tree/index.ts';"))).toHaveLength(1);
  });

  it('detect code in an index, a long file and any', () => {
    expect(
      indexesWithCode(file('src/a/index.ts', "export { a } from './a.ts';\nexport const b = 1;")),
    ).toEqual(['src/a/index.ts: does more than re-export: export const b = 1;']);
    expect(longFiles(file('src/a.ts', 'x\n'.repeat(500)))).toEqual([]);
    expect(longFiles(file('src/a.ts', 'x\n'.repeat(501)))).toHaveLength(1);
    for (const line of ['let a: any;', 'f<any>()', 'x as any', 'any[]', 'Record<string, any>'])
      expect(usesOfAny(file('src/a.ts', line))).toHaveLength(1);
    for (const line of ['// as any', "f('x: any y')", 'const many = tf.any(x);', 'if (a || any(x)) b'])
      expect(usesOfAny(file('src/a.ts', line))).toEqual([]);
  });
});

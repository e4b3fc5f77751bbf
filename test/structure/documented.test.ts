import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { typeParameterMeaning } from '../../build/site/typeParameters.ts';
import { subpaths } from '../../build/subpaths.ts';
import { flatEntries, publicNames, typeParametersIn, valuesIn } from './documented.ts';

describe('the public names', () => {
  const names = publicNames('src/index.ts', ...flatEntries);

  it('are not empty, including those of namespaces', () => {
    expect([...names.keys()]).toEqual(
      expect.arrayContaining([
        'bayesian',
        'FitOptions',
        'CommonFitOptions',
        'random.key',
        'schedule.linear',
        'tree.map',
      ]),
    );
  });

  it('stand at the root too, if they are values', () => {
    // Of the flat entries' own namespaces the names below them, `schedule.linear`.
    const below = [...valuesIn(...flatEntries)].sort();
    const inNamespace = (name: string): boolean => name.includes('.') && !below.includes(name);
    expect([...valuesIn('src/index.ts')].filter((name) => !inNamespace(name)).sort()).toEqual(below);
  });

  it('all have a doc comment, functions an example, and options a comment each', () => {
    expect([...names.values()].flat()).toEqual([]);
  });

  it('have type parameters that the reference explains', () => {
    const all = subpaths.flatMap((folder) =>
      typeParametersIn(`src/${folder}/index.ts`).map(([name, parameter]) => ({ folder, name, parameter })),
    );
    expect(all.length).toBeGreaterThan(200);
    expect(
      all.filter(
        ({ folder, name, parameter }) => typeParameterMeaning(folder, name, parameter) === undefined,
      ),
    ).toEqual([]);
  });
});

describe('the check of the public names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'public-names-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('names what is missing, behind re-exports and in namespaces', () => {
    const options =
      'export interface AOptions {\n  readonly bare: number;\n  /** Told. */ readonly told: number;\n}';
    const good = '/**\n * Does.\n *\n * @example\n * good();\n */\nexport const good = () => 1;';
    const bare = '// No doc comment.\nexport const bare = () => 1;';
    writeFileSync(
      join(folder, 'a.ts'),
      `${options}\n${good}\n${bare}\n/** A type. */\nexport type T = number;`,
    );
    writeFileSync(
      join(folder, 'index.ts'),
      "export { type AOptions, good, bare, type T } from './a.ts';\nexport * as inner from './a.ts';",
    );
    const expected = (prefix: string): readonly string[] => [
      `${prefix}AOptions has no doc comment`,
      `${prefix}AOptions.bare has no doc comment`,
      `${prefix}bare has no doc comment`,
      `${prefix}bare has no @example`,
    ];
    const found = [...publicNames(join(folder, 'index.ts')).values()].flat();
    expect([...found].sort()).toEqual([...expected(''), ...expected('inner.')].sort());
  });
});

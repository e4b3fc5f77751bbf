import { afterAll, describe, expect, it } from 'vitest';
import { withImports } from '../../build/site/names.ts';
import { findOrigins } from '../../build/site/origins.ts';
import { subpaths } from '../../build/subpaths.ts';
import { examplesIn, publicNames } from '../structure/documented.ts';
import type { Program } from './blocks.ts';
import * as given from './given.ts';
import { broken, promised } from './printed.ts';
import { openWorkshop } from './workshop.ts';

const workshop = openWorkshop('comments');
afterAll(workshop.close);

const examples = examplesIn('src/index.ts');
const origins = new Map([
  ...Object.keys(given).map((name) => [name, `import { ${name} } from '../../given.ts';`] as const),
  ...findOrigins([...publicNames('src/index.ts').keys()]),
]);
const programs: readonly Program[] = [...examples].map(([name, code]) => ({
  name,
  language: 'ts',
  runs: true,
  code: withImports(code, origins),
}));

describe('the examples of doc comments', () => {
  it('fit the column of the reference', () => {
    const shown = subpaths.flatMap((name) => [...examplesIn(`src/${name}/index.ts`)]);
    const wide = shown.flatMap(([name, code]) =>
      code.split('\n').flatMap((line) => (line.length > 85 ? [`${name}: ${line}`] : [])),
    );
    expect(shown.length).toBeGreaterThan(150);
    expect([...new Set(wide)]).toEqual([]);
  });

  it('have no type errors', () => {
    expect(workshop.typeErrors(programs)).toEqual([]);
  });

  it.each(programs)('print the output in their comments: $name', async (program) => {
    const printed = await workshop.run(program);
    expect(broken(promised(program.code), printed), `was not printed, but\n${printed.join('\n')}`).toBe(
      undefined,
    );
  });
});

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withImports } from '../../build/site/names.ts';
import { findOrigins } from '../../build/site/origins.ts';
import { publicNames, valuesIn } from '../structure/documented.ts';
import { blocksIn, collectPrograms, findFaults, type Program, pages, readBlocks, root } from './blocks.ts';
import { broken, promised } from './printed.ts';
import { openWorkshop } from './workshop.ts';

const workshop = openWorkshop('pages');
afterAll(workshop.close);

const origins = findOrigins([...publicNames('src/index.ts').keys()]);
const all: readonly Program[] = pages()
  .flatMap((page) => collectPrograms(readBlocks(page)))
  .map((program) => ({ ...program, code: withImports(program.code, origins) }));
const inPage =
  (page: string) =>
  ({ name }: Program): boolean =>
    name.startsWith(page);
const first = all.find(inPage('docs/tutorial/digits.md'));
const picture = all.find(inPage('README.md'));
const others = all.filter((program) => program.runs && program !== first && program !== picture);

describe('the code on the pages', () => {
  it('exists on all of them', () => {
    expect(pages()).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/how-to/vmap.md']));
  });

  it('is in blocks whose language and mark are known', () => {
    expect(pages().flatMap((page) => findFaults(readBlocks(page)))).toEqual([]);
  });

  it('fits the column of the site', () => {
    const blocks = pages()
      .filter((page) => page.startsWith('docs/'))
      .flatMap(readBlocks)
      .filter(({ language }) => language === 'ts' || language === 'js');
    const wide = blocks.flatMap(({ page, code }) =>
      code.split('\n').flatMap((line) => (line.length > 76 ? [`${page}: ${line}`] : [])),
    );
    expect(wide).toEqual([]);
  });

  it('has no type errors', () => {
    expect(workshop.typeErrors(all)).toEqual([]);
  });

  it.each(others)('prints the output in its comments: $name', async (program) => {
    const printed = await workshop.run(program);
    expect(broken(promised(program.code), printed), `was not printed, but\n${printed.join('\n')}`).toBe(
      undefined,
    );
  });
});

describe('the classifier of docs/tutorial/digits.md', () => {
  it('is right for most digits', async () => {
    const printed = await workshop.run(first!);
    expect(printed.filter((line) => line.startsWith('epoch'))).toHaveLength(5);
    const [share, least] = printed.filter((line) => line.startsWith('Tensor'));
    expect(Number(share?.split('\n')[1])).toBeGreaterThan(0.8);
    expect(JSON.parse(least?.split('\n')[1] ?? '')).toHaveLength(3);
  });
});

describe('the example of README.md', () => {
  /** A picture without its numbers, whose last digits depend on the machine. */
  const form = (file: string): string => readFileSync(file, 'utf8').replace(/-?\d+(\.\d+)?(e-?\d+)?/g, '0');

  it('draws the picture below it', async () => {
    await workshop.run(picture!);
    expect(form(path.join(workshop.folder, 'curve.svg'))).toBe(
      form(path.join(root, 'docs/figures/first-example.svg')),
    );
  });

  it('is on a page that one reads to its end', () => {
    expect(readFileSync(path.join(root, 'README.md'), 'utf8').split('\n').length).toBeLessThan(150);
  });
});

describe('docs/features.md', () => {
  it('has every name of the root', () => {
    const text = readFileSync(path.join(root, 'docs/features.md'), 'utf8');
    const names = valuesIn('src/index.ts').map((name) => name.split('.')[0]!);
    expect([...new Set(names)].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the links of the pages', () => {
  it.each(pages())('lead to files: %s', (page) => {
    const text = readFileSync(path.join(root, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target);
    const files = targets.filter((target) => !/^(https?:|\/|mailto:)/.test(target));
    expect(files.filter((file) => !existsSync(path.join(root, path.dirname(page), file)))).toEqual([]);
  });
});

describe('the reader of pages', () => {
  const read = (...lines: readonly string[]) => blocksIn('p.md', lines.join('\n'));

  it('joins a block and its continuations, and skips blocks that are only compiled', () => {
    const blocks = read(
      '```ts',
      'a',
      '```',
      '```sh',
      'x',
      '```',
      '```ts continues',
      'b',
      '```',
      '```ts compiled',
      'c',
      '```',
    );
    expect(findFaults(blocks)).toEqual([]);
    expect(collectPrograms(blocks)).toEqual([
      { name: 'p.md:1', language: 'ts', runs: true, code: 'a\n\nb\n' },
      { name: 'p.md:10', language: 'ts', runs: false, code: 'c\n' },
    ]);
  });

  it('names a block that it cannot run', () => {
    const faulty = read('```ts continues', '```', '```typescript', '```', '```ts shown', '```');
    expect(findFaults(faulty)).toEqual([
      'p.md:1: a block that continues nothing',
      'p.md:3: a block in typescript',
      "p.md:5: a block marked 'shown'",
    ]);
  });

  it('reads the expected output of a program, and finds a line that was not printed', () => {
    const code =
      'x.print(); // [1, 2]\nconsole.log(a, b); // 3 4\nconsole.log(c);\n// five\n// six\ny.print();   // prose\n';
    const promises = promised(code);
    expect(promises).toEqual(['[1, 2]', '3 4', 'five\nsix']);
    expect(broken(promises, ['Tensor\n    [1, 2]', 'between', '3 4', 'five\nsix'])).toBe(undefined);
    expect(broken(promises, ['Tensor\n    [1, 2]', 'five\nsix', '3 4'])).toBe('five\nsix');
  });

  it('adds missing imports to a block, but not to one that imports', () => {
    const some = new Map([
      ['linear', 'import L'],
      ['tf', 'import T'],
    ]);
    expect(withImports('const f = tf.relu(linear); f.linear;', some)).toBe(
      'import T\nimport L\nconst f = tf.relu(linear); f.linear;',
    );
    expect(withImports("import 'x';\nlinear", some)).toBe("import 'x';\nlinear");
    expect(withImports('const linear = 1; g({ tf: linear })', some)).toBe(
      'const linear = 1; g({ tf: linear })',
    );
  });
});

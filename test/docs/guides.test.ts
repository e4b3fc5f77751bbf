import { afterAll, describe, expect, it } from 'vitest';
import * as library from '../../src/index.ts';
import { type Block, blocksOf, openWorkshop, plain, saidBy } from './blocks.ts';

const workshop = openWorkshop('guides');
afterAll(workshop.close);

const declared = (code: string): ReadonlySet<string> =>
  new Set(
    [...code.matchAll(/\b(?:const|let|function) (?:(\w+)|[[{]([^\]}=]*)[\]}])/g)].flatMap(
      ([, one, many = '']) => [
        ...(one === undefined ? [] : [one]),
        ...many.split(',').map((each) => each.split(':').at(-1)?.trim() ?? ''),
      ],
    ),
  );

/** The names that a block takes from the library: those that it calls or passes on without declaring them. */
const namesIn = ({ code }: Block, known: readonly string[]): readonly string[] => {
  const own = declared(code);
  const used = new Set([...code.matchAll(/(?<![.\w'])([a-zA-Z]\w*)(?!\w|: )/g)].map(([, name]) => name));
  return known.filter((name) => used.has(name) && !own.has(name));
};

/** A block of docs/from-torch-blue.md with the imports that the page leaves out. */
const withImports = (block: Block): Block => ({
  name: block.name,
  code: [
    "import * as tf from '@tensorflow/tfjs-core';",
    "import { pipe } from 'fp-ts/lib/function.js';",
    `import { ${namesIn(block, Object.keys(library)).join(', ')} } from 'tfjs-bayesian';`,
    block.code,
  ].join('\n'),
});

/** The blocks of a page, in a folder of the page's own. */
const of = (page: string): readonly Block[] =>
  blocksOf(page).map(({ name, code }) => ({ name: `${page.replace(/\W/g, '-')}/${name}`, code }));

const pages = {
  'docs/estimators.md': of('docs/estimators.md'),
  'docs/own-layers.md': of('docs/own-layers.md'),
  'docs/from-torch-blue.md': of('docs/from-torch-blue.md').map(withImports),
};

/** Layers that a block may be ahead of: it is run once the library has them. */
const layers = [
  ...['conv1d', 'conv2d', 'conv3d', 'multiheadAttention', 'transformer'],
  ...['transformerEncoder', 'transformerEncoderLayer', 'transformerDecoder', 'transformerDecoderLayer'],
];
const ahead = (block: Block): boolean => namesIn(block, layers).some((name) => !(name in library));

const present = Object.values(pages)
  .flat()
  .filter((block) => !ahead(block));

describe('the guides', () => {
  it.each(Object.entries(pages))('have examples in %s, each with a name of its own', (_, blocks) => {
    expect(blocks.length).toBeGreaterThan(0);
    expect(new Set(blocks.map(({ name }) => name)).size).toBe(blocks.length);
  });

  it.each(present)('print in $name what they say', async (block) => {
    const said = saidBy(block);
    expect(said.length).toBeGreaterThan(0);
    expect((await workshop.run(block)).map(plain)).toEqual(said);
  });

  it('have no type errors', () => {
    expect(workshop.typeErrors(present)).toEqual([]);
  });
});

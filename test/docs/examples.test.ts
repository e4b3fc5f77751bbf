import { afterAll, describe, expect, test } from 'vitest';
import { blocksOf, openWorkshop } from './blocks.ts';

const workshop = openWorkshop('examples');
afterAll(workshop.close);

const examplesOf = (page: string): readonly (readonly [name: string, code: string])[] =>
  blocksOf(page).map(({ name, code }) => [name, code]);
const run = (name: string, code: string): Promise<readonly string[]> => workshop.run({ name, code });

describe('README.md', () => {
  test('the first example trains, and is right about most digits', async () => {
    const examples = examplesOf('README.md');
    expect(examples.map(([name]) => name)).toEqual(['first', 'bilinear']);
    const [[, code] = ['', '']] = examples;
    const printed = await run('first', code);
    expect(printed.filter((line) => line.startsWith('epoch'))).toHaveLength(5);
    const [share, least] = printed.filter((line) => line.startsWith('Tensor'));
    expect(Number(share?.split('\n')[1])).toBeGreaterThan(0.8);
    expect(JSON.parse(least?.split('\n')[1] ?? '')).toHaveLength(3);
  });

  test('its own layer runs', async () => {
    const [, [, code] = ['', '']] = examplesOf('README.md');
    const [shape] = await run('bilinear', code);
    expect(shape).toBe('8,8');
  });
});

describe('CONTRIBUTING.md', () => {
  test('its examples run and print what they say', async () => {
    const examples = new Map(examplesOf('CONTRIBUTING.md'));
    expect([...examples.keys()]).toEqual(['layer', 'distribution', 'rule']);
    expect(await run('layer', examples.get('layer') ?? '')).toEqual(['5,2,3']);
    const [density = ''] = await run('distribution', examples.get('distribution') ?? '');
    // Three weights and a bias, each uniform in a ball of radius exp(-3): 4 (3 - log 2).
    expect(Number(density.split('\n')[1])).toBeCloseTo(4 * (3 - Math.LN2), 4);
    const [twice = ''] = await run('rule', examples.get('rule') ?? '');
    expect(JSON.parse(twice.replace('Tensor', '').replace(/\],\s*\]/, ']]'))).toEqual([
      [2, 4],
      [6, 8],
    ]);
  });
});

/** What a block says that it prints: the comments behind its calls of `print` and `console.log`. */
const promised = (code: string): readonly string[] =>
  [...code.matchAll(/(?:\.print\(\)|console\.log\(.*\)); \/\/ (.*)$/gm)].map(([, text = '']) => text);

/** As a tensor prints, without its name, its line breaks, and its comma behind the last row. */
const inOneLine = (printed: string): string => printed.replace(/Tensor|\s/g, '').replaceAll(',]', ']');

describe('docs/vmap.md', () => {
  const examples = examplesOf('docs/vmap.md');

  test('has three examples, and one of a rule', () => {
    expect(examples.map(([name]) => name)).toEqual(['axes', 'gradients', 'keys', 'ownRule']);
  });

  test.each(examples)('its example %s prints what it says', async (name, code) => {
    expect(promised(code).length).toBeGreaterThan(0);
    const printed = await run(`vmap_${name}`, code);
    expect(printed.map(inOneLine)).toEqual(promised(code).map(inOneLine));
  });
});

describe('docs/checkpoints.md', () => {
  const examples = new Map(examplesOf('docs/checkpoints.md'));
  /** Examples write where they are run: here, beside their own code. */
  const runHere = (name: string) =>
    run(
      name,
      (examples.get(name) ?? '').replaceAll(/'((?:net|run)\.safetensors)'/g, `'${workshop.folder}/$1'`),
    );

  test('its examples run and print what they say', async () => {
    expect([...examples.keys()]).toEqual(['keep', 'differences', 'resume', 'torch']);
    expect(await runHere('keep')).toEqual(['4,8']);
    const told = [...(examples.get('differences') ?? '').matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line);
    expect(await runHere('differences')).toEqual([told.join('\n')]);
    expect(await runHere('resume')).toEqual(['4 8']);
    expect(await runHere('torch')).toEqual(['784,64', 'true']);
  });
});

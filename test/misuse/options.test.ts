import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { flatEntries, functionsWithOptions, optionTypes } from '../structure/documented.ts';
import { type OptionRecord, optionRecords } from './optionRecords.ts';

beforeAll(() => tf.setBackend('cpu'));

const types = optionTypes('src/index.ts', ...flatEntries);

/** Types of which the function takes more than they list: names of a pattern are as many as there are layers. */
const parts = ['AffineOptions', 'CommonFitOptions', 'LoopOptions', 'RecurrentOptions'];

/** No record, but a type of the weights that options make. */
const unlike = ['WithOptions'];

/** Its names are those of a network's parts too: test/transforms/override.test.ts has its messages. */
const elsewhere = ['override'];

const cases = optionRecords.map((each) => [`${each.fn}, ${each.type ?? 'options'}`, each] as const);

/** What calling with such options ends in, thrown or rejected. */
const errorMessage = async ({ call }: OptionRecord, options: unknown): Promise<string> => {
  try {
    await call(options as never);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing';
};

const listNames = ({ type = '' }: OptionRecord): readonly string[] => types.get(type) ?? [];

describe('the table of option records', () => {
  it('has every exported type of options', () => {
    const known = new Set(optionRecords.map(({ type }) => type));
    expect(types.size).toBeGreaterThan(60);
    expect([...types.keys()].filter((type) => !known.has(type) && !unlike.includes(type))).toEqual([]);
  });

  it('has every exported function with options', () => {
    const known = new Set(optionRecords.map(({ fn }) => fn));
    const functions = functionsWithOptions('src/index.ts');
    expect(functions.length).toBeGreaterThan(60);
    expect(functions.filter((fn) => !known.has(fn) && !elsewhere.includes(fn))).toEqual([]);
  });
});

describe.each(cases)('%s', (_, record) => {
  const { fn, needed = {} } = record;

  it('accepts its required options', async () => {
    expect(await errorMessage(record, needed)).toBe('nothing');
  });

  it('rejects an unknown name, and lists its own if none is similar', async () => {
    const message = await errorMessage(record, { ...needed, zzz: 1 });
    expect(message).toContain(`${fn}: unknown option 'zzz'; the options are `);
    const listed = message.split('the options are ')[1]?.split(', ') ?? [];
    expect(listed).toEqual(expect.arrayContaining([...listNames(record)]));
    if (record.type !== undefined && !parts.includes(record.type))
      expect(listed).toHaveLength(listNames(record).length);
  });

  it('rejects any unknown name, also with the value undefined', async () => {
    const known = new Set([...listNames(record), 'state', 'init', 'key']);
    const name = fc
      .oneof(fc.string(), fc.constantFrom('toString', 'constructor', 'hasOwnProperty', 'length', 'then'))
      .filter((each) => !known.has(each) && each !== '__proto__');
    await fc.assert(
      fc.asyncProperty(name, fc.constantFrom(1, undefined), async (each, value) => {
        expect(await errorMessage(record, { ...needed, [each]: value })).toContain(`${fn}: unknown option '`);
      }),
      { numRuns: 10 },
    );
  });

  it.each(listNames(record).filter((name) => name.length > 3))(
    'knows what is meant by almost %s',
    async (name) => {
      const almost = [`${name}${name.at(-1)}`, name.toUpperCase(), name.replace(/[A-Z]/g, '_$&')];
      for (const each of almost.filter((other) => other !== name))
        expect(await errorMessage(record, { ...needed, [each]: 1 })).toContain(
          `${fn}: unknown option '${each}'; did you mean '${name}'?`,
        );
    },
  );

  it('names the value given instead of a record', async () => {
    const wrong = [null, 5, 'text', true, [1], () => 1, new Map(), tf.scalar(1)];
    for (const value of record.overloaded === true ? [] : wrong)
      expect(await errorMessage(record, value)).toContain(`${fn}: options must be a record of options, got `);
  });

  it('reports missing options that are required', async () => {
    if (record.needed === undefined) expect(await errorMessage(record, undefined)).toBe('nothing');
    else if (record.overloaded !== true && record.withoutAny !== true)
      expect(await errorMessage(record, undefined)).toBe(
        `${fn}: options must be a record of options, got undefined`,
      );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Choice,
  type Choices,
  classesChoices,
  curveChoices,
  readChoice,
  writeChoice,
} from '../../web/shared/link.ts';
import { methods, units } from '../../web/shared/settings.ts';

const choiceFrom = <Set extends string>({ stops, sets, first }: Choices<Set>): fc.Arbitrary<Choice<Set>> =>
  fc.record({
    set: fc.constantFrom(...sets),
    seed: fc.integer({ min: 1, max: 9999 }),
    settings: fc.record({
      units: fc.constantFrom(...units),
      method: fc.constantFrom(...methods),
      width: fc.constantFrom(...stops.width),
      priorScale: fc.constantFrom(...stops.priorScale),
      temperature: fc.constantFrom(...stops.temperature),
      samples: fc.constantFrom(...stops.samples),
      noise: fc.constant(first.settings.noise),
    }),
  });

const keeps = <Set extends string>(choices: Choices<Set>): void =>
  fc.assert(
    fc.property(choiceFrom(choices), (choice) => {
      const query = new URLSearchParams(writeChoice(choices, choice).map(([key, value]) => [key, value]));
      expect(readChoice(choices, query)).toEqual({ choice, refused: [] });
    }),
  );

describe('a link', () => {
  it('keeps the settings of both panels', () => {
    keeps(curveChoices);
    keeps(classesChoices);
  });

  it('says nothing of the first settings, nor of another panel', () => {
    expect(writeChoice(curveChoices, curveChoices.first)).toEqual([]);
    const other = new URLSearchParams('classes.units=relu&backend=wasm');
    expect(readChoice(curveChoices, other)).toEqual({ choice: curveChoices.first, refused: [] });
  });

  it.each([
    ['curve.units=sine', "curve.units must be one of bumps, tanh, relu, got 'sine'"],
    ['curve.width=7', "curve.width must be one of 6, 8, 12, 16, 20, 24, 32, 40, got '7'"],
    ['curve.width=', "curve.width must be one of 6, 8, 12, 16, 20, 24, 32, 40, got ''"],
    ['curve.seed=-1', "curve.seed must be an integer from 1 to 9999, got '-1'"],
    ['curve.set=moons', "curve.set must be one of gap, waves, few, none, got 'moons'"],
    [
      'curve.toString=1',
      'curve.toString is not a setting; there are set, units, method, width, priorScale, temperature, samples, seed',
    ],
  ])('has %s refused by name, and the rest taken', (part, reason) => {
    const { choice, refused } = readChoice(curveChoices, new URLSearchParams(`${part}&curve.method=ivon`));
    expect(refused).toEqual([reason]);
    expect(choice).toEqual({
      ...curveChoices.first,
      settings: { ...curveChoices.first.settings, method: 'ivon' },
    });
  });
});

import { type ClassificationSet, classificationSets, type RegressionSet, regressionSets } from './sets.ts';
import {
  classificationDefaults,
  type Method,
  methods,
  regressionDefaults,
  type Settings,
  type Units,
  units,
} from './settings.ts';
import { classificationStops, regressionStops, type Slider, type Stops } from './stops.ts';

/** What a panel's part of a link keeps: its settings, its data set, and the seed of the points. */
export interface Choice<Set extends string> {
  readonly settings: Settings;
  readonly set: Set;
  readonly seed: number;
}

/** What a panel may choose from, and what it starts with. */
export interface Choices<Set extends string> {
  /** The panel's name in a link, such as `curve`. */
  readonly name: string;
  readonly stops: Stops;
  readonly sets: readonly Set[];
  readonly first: Choice<Set>;
}

export const curveChoices: Choices<RegressionSet> = {
  name: 'curve',
  stops: regressionStops,
  sets: regressionSets,
  first: { settings: regressionDefaults, set: 'gap', seed: 1 },
};

export const classesChoices: Choices<ClassificationSet> = {
  name: 'classes',
  stops: classificationStops,
  sets: classificationSets,
  first: { settings: classificationDefaults, set: 'moons', seed: 1 },
};

/** A choice read from a link, and what was refused there, each with its reason. */
export interface Read<Set extends string> {
  readonly choice: Choice<Set>;
  readonly refused: readonly string[];
}

const SEEDS = 10_000;

const bySlider = <T>(f: (slider: Slider) => T): Readonly<Record<Slider, T>> => ({
  width: f('width'),
  priorScale: f('priorScale'),
  temperature: f('temperature'),
  samples: f('samples'),
});

/** What a panel's settings are called in a link, with the texts that each may have. */
const allowed = <Set extends string>({ stops, sets }: Choices<Set>) => ({
  set: sets as readonly string[],
  units: units as readonly string[],
  method: methods as readonly string[],
  ...bySlider((slider): readonly string[] => stops[slider].map(String)),
});

type Name = keyof ReturnType<typeof allowed> | 'seed';

const texts = <Set extends string>({ settings, set, seed }: Choice<Set>): Readonly<Record<Name, string>> => ({
  set,
  seed: String(seed),
  units: settings.units,
  method: settings.method,
  ...bySlider((slider) => String(settings[slider])),
});

const choiceOf = <Set extends string>(
  first: Choice<Set>,
  given: Readonly<Record<Name, string>>,
): Choice<Set> => ({
  set: given.set as Set,
  seed: Number(given.seed),
  settings: {
    ...first.settings,
    units: given.units as Units,
    method: given.method as Method,
    ...bySlider((slider) => Number(given[slider])),
  },
});

const isSeed = (text: string): boolean => /^[1-9]\d{0,3}$/.test(text);

/** Why a link's value cannot be taken; undefined if it can. */
const refusal = <Set extends string>(
  choices: Choices<Set>,
  name: string,
  value: string,
): string | undefined => {
  const own = `${choices.name}.${name}`;
  const values = allowed(choices);
  if (name === 'seed')
    return isSeed(value) ? undefined : `${own} must be an integer from 1 to ${SEEDS - 1}, got '${value}'`;
  if (!Object.hasOwn(values, name))
    return `${own} is not a setting; there are ${[...Object.keys(values), 'seed'].join(', ')}`;
  const among = values[name as keyof typeof values];
  return among.includes(value) ? undefined : `${own} must be one of ${among.join(', ')}, got '${value}'`;
};

/** The settings of a panel in a link's query; those that it does not name are the panel's first ones. */
export const readChoice = <Set extends string>(choices: Choices<Set>, query: URLSearchParams): Read<Set> => {
  const prefix = `${choices.name}.`;
  const given = [...query].flatMap(([key, value]) =>
    key.startsWith(prefix) ? [{ name: key.slice(prefix.length), value }] : [],
  );
  const refused = given.flatMap(({ name, value }) => refusal(choices, name, value) ?? []);
  const taken = given.filter(({ name, value }) => refusal(choices, name, value) === undefined);
  const values = Object.fromEntries(taken.map(({ name, value }) => [name, value]));
  return { choice: choiceOf(choices.first, { ...texts(choices.first), ...values }), refused };
};

/** What a link says of a panel: the settings that are not its first ones. */
export const writeChoice = <Set extends string>(
  { name, first }: Choices<Set>,
  choice: Choice<Set>,
): readonly (readonly [key: string, value: string])[] => {
  const before = texts(first);
  return Object.entries(texts(choice)).flatMap(([key, value]) =>
    value === before[key as Name] ? [] : [[`${name}.${key}`, value] as const],
  );
};

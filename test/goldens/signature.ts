import { camelCase } from './camelCase.ts';
import type { Expression } from './expression.ts';

/** The arguments of a call by our names for them. */
export type Arguments = Readonly<Record<string, unknown>>;

/** What every module of torch_blue takes beside its own: a case's weights, priors and fields say it all again. */
const ofEveryModule: readonly string[] = [
  ...['variationalDistribution', 'variational', 'variationalStd', 'prior', 'rescalePrior'],
  ...['kaimingInitialization', 'priorInitialization', 'returnLogProbs', 'device', 'dtype'],
];

/**
 * The arguments of a call, those by position named after the signature. `None` is an argument that is not given.
 *
 * @throws Error for an argument that is not in the signature
 */
export const namedArguments = (
  signature: readonly string[],
  { name, args, options }: Expression,
): Arguments => {
  const given = [
    ...args.map((value, i) => [signature[i] ?? `argument ${i}`, value] as const),
    ...Object.entries(options).map(([key, value]) => [camelCase(key), value] as const),
  ].filter(([key, value]) => value !== null && value !== undefined && !ofEveryModule.includes(key));
  const unknown = given.find(([key]) => !signature.includes(key));
  if (unknown !== undefined) throw new Error(`${name} has no argument '${unknown[0]}' that this check knows`);
  return Object.fromEntries(given);
};

/** A number among the arguments. */
export const readNumber = (given: Arguments, module: string, name: string): number => {
  const value = given[name];
  if (typeof value !== 'number') throw new Error(`${module} has no '${name}'`);
  return value;
};

/** torch's name of a class without the modules that it is in. */
export const className = (name: string): string => name.split('.').at(-1) ?? name;

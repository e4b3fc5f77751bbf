import type * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { modelOf, normal, random, type tree, type WeightOptions, weightSampling } from 'tfjs-bayesian';
import type { Check, Possible } from '../checked.ts';
import { type Comparison, compareNumber, wrong } from '../compare.ts';
import { comparePrior } from '../comparePrior.ts';
import { parseExpression } from '../expression.ts';
import { posteriorCalled, priorCalled } from '../familyNames.ts';
import { type Fields, fieldsIn, has, numberIn, textIn } from '../json.ts';
import { type Net, readNet } from '../modules.ts';
import { resolveSites } from '../sites.ts';
import { parametersIn, torchName } from '../torch.ts';
import { withOptions } from '../withOptions.ts';

const readOptions = (golden: Fields): Possible<WeightOptions> => {
  const args = fieldsIn(golden, 'args');
  const std = has(args, 'variational_std') ? { std: numberIn(args, 'variational_std') } : {};
  return pipe(
    has(args, 'prior') ? priorCalled(parseExpression(textIn(args, 'prior'))) : E.right(normal().prior),
    E.bindTo('prior'),
    E.bind('posterior', () =>
      posteriorCalled(
        has(args, 'variational')
          ? parseExpression(textIn(args, 'variational'))
          : { name: 'MeanFieldNormal', args: [], options: std },
      ),
    ),
    E.map((distributions) => ({
      ...distributions,
      rescalePrior: golden.rescale_prior === true,
      kaimingInitialization: golden.kaiming_initialization !== false,
      priorInitialization: golden.kind === 'prior_initialization',
    })),
  );
};

/** From how many uniform draws on their extremes say something. */
const MANY = 50;

/**
 * Whether draws fill (-bound, bound): none outside, and with many of them the largest and the smallest near the
 * ends. Of n draws, none comes nearer to an end than 2 bound 20 / n with probability exp(-20).
 */
const fills = (name: string, draws: tf.Tensor, bound: number): readonly Comparison[] => {
  const values = [...draws.dataSync()];
  const highest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const lowest = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const outside = { error: Math.max(highest, -lowest) / bound - 1, tolerance: 1e-6 };
  const short = { error: 1 - Math.min(highest, -lowest) / bound, tolerance: 40 / values.length };
  return [
    { array: `${name} outside of its bound`, ...outside },
    ...(values.length < MANY ? [] : [{ array: `${name} short of its bound`, ...short }]),
  ];
};

/** Whether all values of a parameter are one constant: the one that is farthest off is compared. */
const isConstant = (name: string, parameter: tf.Tensor, constant: number): Comparison => {
  const values = [...parameter.dataSync()];
  const farthest = values.reduce((a, b) => (Math.abs(b - constant) > Math.abs(a - constant) ? b : a));
  return compareNumber(name, farthest, constant);
};

const compareVariable = (
  name: string,
  parameters: Readonly<Record<string, tf.Tensor>>,
  expected: Fields,
): readonly Comparison[] => {
  const drawn = has(expected, 'mean_uniform_bound');
  const constants = drawn ? fieldsIn(expected, 'constants') : expected;
  const means = drawn && parameters.mean ? [['mean', parameters.mean] as const] : [];
  const others = Object.entries(parameters).filter(([parameter]) => !(drawn && parameter === 'mean'));
  const names = [...means, ...others].map(([parameter]) => parameter).join();
  const wanted = [...(drawn ? ['mean'] : []), ...Object.keys(constants)].join();
  if (names !== wanted) return [wrong(name, `parameters ${names} where ${wanted} are expected`)];
  const shape: unknown = expected.shape;
  const shapes = Object.values(parameters).map((parameter) => parameter.shape.join());
  if (Array.isArray(shape) && shapes.some((each) => each !== shape.join())) {
    return [wrong(name, `shapes [${shapes.join('] and [')}] where [${shape.join()}] is expected`)];
  }
  return [
    ...means.flatMap(([, mean]) => fills(`${name}.mean`, mean, numberIn(expected, 'mean_uniform_bound'))),
    ...others.map(([parameter, value]) =>
      isConstant(`${name}.${parameter}`, value, numberIn(constants, parameter)),
    ),
  ];
};

const compareNet = (golden: Fields, ordinary: readonly string[], net: Net): readonly Comparison[] => {
  const variables = fieldsIn(golden, 'variables');
  const found = parametersIn(net, modelOf(net, {}, weightSampling).init(random.key(0)));
  const named = resolveSites(net).map((site) => ({ ...site, name: torchName(net)(site.path) }));
  const sites = named.filter(({ name }) => has(variables, name) || !ordinary.includes(name));
  const names = sites.map(({ name }) => name);
  const wanted = Object.keys(variables);
  if ([...names].sort().join() !== [...wanted].sort().join()) {
    return [wrong('variables', `${names.join(', ')} where ${wanted.join(', ')} are expected`)];
  }
  return sites.flatMap(({ name, prior, fanIn }) => [
    ...compareVariable(name, found[name] ?? {}, fieldsIn(variables, name)),
    ...comparePrior(`prior of ${name}`, prior, fieldsIn(fieldsIn(golden, 'prior'), name)),
    ...(has(golden, 'module_fan_in') && fanIn !== null
      ? [compareNumber(`fan-in of ${name}`, fanIn, numberIn(golden, 'module_fan_in'))]
      : []),
  ]);
};

/** The names of the variables that are ordinary weights in any case, such as those of norms. */
const ordinaryIn = (net: Net): readonly string[] =>
  resolveSites(net).flatMap(({ path, posterior }) =>
    posterior.name === 'pointMass' ? [torchName(net)(path)] : [],
  );

/** How the parameters of a layer start, and its priors after any rescaling. */
export const checkInitialization: Check = (golden) =>
  pipe(
    readNet({ name: textIn(golden, 'layer'), args: [], options: fieldsIn(golden, 'args') }),
    E.bindTo('plain'),
    E.bind('options', () => readOptions(golden)),
    E.map(({ plain, options }) => {
      const ordinary = ordinaryIn(plain);
      const optionsAt = (path: tree.Path) => (ordinary.includes(torchName(plain)(path)) ? {} : options);
      return compareNet(golden, ordinary, withOptions(optionsAt)(plain));
    }),
  );

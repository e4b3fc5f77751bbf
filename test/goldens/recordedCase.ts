import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { modelOf, random, weightSampling } from 'tfjs-bayesian';
import type { Possible } from './checked.ts';
import type { Expression } from './expression.ts';
import { readOptions } from './families.ts';
import { type Fields, fieldsIn, isFields, textIn } from './json.ts';
import { type Net, readNet } from './modules.ts';
import { paramsFrom, torchName } from './torch.ts';
import { withOptions } from './withOptions.ts';

/** A network with the priors and posteriors of a case, and its recorded parameters. */
export interface RecordedNet {
  readonly net: Net;
  readonly params: unknown;
}

/** The key for whatever a case draws apart from its recorded noise: nothing. */
export const unused = random.key(0);

/** Ordinary weights, which are recorded bare, as the parameters of point masses. */
export const plainIn = (plain: unknown): Fields =>
  isFields(plain) ? Object.fromEntries(Object.entries(plain).map(([name, mean]) => [name, { mean }])) : {};

/** The network of a case, or the reason why the library has none. */
export const recordedNet = (
  call: Expression,
  bayesian: Fields,
  priors: Fields,
  normalized: boolean,
  plain: Fields = {},
): Possible<RecordedNet> =>
  pipe(
    readNet(call),
    E.bindTo('bare'),
    E.bind('options', () => readOptions(bayesian, priors, normalized)),
    E.map(({ bare, options }) => {
      const net = withOptions((path) => options[torchName(bare)(path)] ?? {})(bare);
      const params = paramsFrom(net, modelOf(net, {}, weightSampling).init(unused), {
        ...bayesian,
        ...plain,
      });
      return { net, params };
    }),
  );

/** The priors of a case, none where it does not say. */
export const priorsIn = (golden: Fields): Fields => (isFields(golden.prior) ? golden.prior : {});

/** The weight set that a case names. */
export const findWeightSet = (golden: Fields, file: Fields): Fields =>
  fieldsIn(fieldsIn(file, 'weight_sets'), textIn(golden, 'weight_set'));

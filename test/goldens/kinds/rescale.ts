import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { layer, type Prior } from 'tfjs-bayesian';
import type { Check } from '../checked.ts';
import { comparePrior } from '../comparePrior.ts';
import { priorCalled } from '../familyNames.ts';
import { fieldsIn, numberIn, textIn } from '../json.ts';
import { resolveSites } from '../sites.ts';

/** The prior of a weight of a given fan-in that asks for it to be rescaled. */
const rescaled = (prior: Prior, fanIn: number): Prior => {
  // There is no weight without inputs; torch_blue's scale is then 0.
  if (fanIn === 0) return prior.rescale(0);
  const net = layer({ weight: [fanIn, 1] }, () => (x: never) => x, { prior, rescalePrior: true });
  return resolveSites(net)[0]?.prior ?? prior;
};

/** What rescaling by fan-in makes of a prior. */
export const checkRescale: Check = (golden) =>
  pipe(
    priorCalled({ name: textIn(golden, 'distribution'), args: [], options: fieldsIn(golden, 'args') }),
    E.map((prior) => [
      ...comparePrior('before', prior, fieldsIn(golden, 'before')),
      ...comparePrior('after', rescaled(prior, numberIn(golden, 'fan_in')), fieldsIn(golden, 'after')),
    ]),
  );

export { type FieldKinds, knownFields } from './fields.ts';
export { cut, describe, invalidArgument, listed, thrownMessage } from './invalidArgument.ts';
export { knownOptions, type OptionNames, optionalOptions, suggestion } from './options.ts';
export type { Missing, Refused } from './refused.ts';
export { numberOrSchedule, type Schedule, valueAt } from './schedule.ts';
export {
  byteCount,
  finiteNumber,
  isCount,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
  sameShape,
  tag,
} from './values.ts';

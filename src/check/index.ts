export { describe } from './describe.ts';
export { type FieldKinds, knownFields } from './fields.ts';
export { cut, listed } from './listed.ts';
export { misuse } from './misuse.ts';
export { positiveInteger, positiveNumber } from './numbers.ts';
export { knownOptions, type OptionNames, optionalOptions, suggestion } from './options.ts';
export { sameShape } from './shapes.ts';
export { tag } from './tag.ts';
export { thrownMessage } from './thrownMessage.ts';

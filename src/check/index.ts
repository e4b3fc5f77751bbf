export { describe } from './describe.ts';
export { misuse } from './misuse.ts';
export { positiveInteger, positiveNumber } from './numbers.ts';
export { knownOptions, type OptionNames } from './options.ts';
export { sameShape } from './shapes.ts';
export { tag } from './tag.ts';
export { thrownMessage } from './thrownMessage.ts';

/** How many numbers are added one after the other before what they come to is added to other such sums. */
const block = 64;

/** Statements of WGSL before numbers are added in blocks, and in blocks of blocks: they lose few digits, however many they are. */
export const startBlocks = 'var added = 0; var inBlock = 0.0; var inBlocks = 0.0; var beyond = 0.0;';

/** Statements of WGSL that add a number. */
export const addToBlocks = (number: string): string => `
inBlock = inBlock + ${number};
added = added + 1;
if (added % ${block} == 0) {
  inBlocks = inBlocks + inBlock;
  inBlock = 0.0;
  if (added % ${block * block} == 0) {
    beyond = beyond + inBlocks;
    inBlocks = 0.0;
  }
}`;

/** The sum of all that have been added. */
export const sumOfBlocks = '(beyond + (inBlocks + inBlock))';

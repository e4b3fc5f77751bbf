/** The number of values in a block, whose sum is added to those of other blocks. */
const block = 64;

/** WGSL statements that start a sum in blocks and blocks of blocks, which loses few digits however long it is. */
export const startBlocks = 'var added = 0; var inBlock = 0.0; var inBlocks = 0.0; var beyond = 0.0;';

/** WGSL statements that add a number. */
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

/** The WGSL expression of the sum so far. */
export const sumOfBlocks = '(beyond + (inBlocks + inBlock))';

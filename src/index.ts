export * as tree from './tree/index.ts';

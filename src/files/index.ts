export { type Node, node } from './node.ts';
export { type FileHandle, type Target, type Writer, writerTo } from './target.ts';

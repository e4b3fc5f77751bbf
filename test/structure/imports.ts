import { posix } from 'node:path';
import { type Source, withoutComments } from './sources.ts';

/** An import or a re-export: what it names, and whether only types come through it. */
export interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

const statement = /^\s*(?:import|export)\s+(type\s+)?(?:[\w$\s{},*]+?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** The imports and re-exports of a file. */
export const readImports = ({ text }: Source): readonly Import[] => {
  const code = withoutComments(text);
  return [
    ...[...code.matchAll(statement)].map((match) => ({ from: match[2]!, typeOnly: match[1] !== undefined })),
    ...[...code.matchAll(dynamic)].map((match) => ({ from: match[1]!, typeOnly: false })),
  ];
};

const upToLayers = [
  ...['check', 'tree', 'ops', 'kernels', 'backend'],
  ...['vmap', 'random', 'distributions', 'layers'],
];

/** For each folder of src the other folders that it may import, as docs/architecture.md lists them. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  check: [],
  tree: ['check'],
  files: ['check'],
  ops: upToLayers.slice(0, 2),
  kernels: upToLayers.slice(0, 3),
  backend: upToLayers.slice(0, 4),
  vmap: upToLayers.slice(0, 5),
  random: upToLayers.slice(0, 6),
  distributions: upToLayers.slice(0, 7),
  layers: upToLayers.slice(0, 8),
  transforms: upToLayers,
  optimizers: ['check', 'tree', 'ops', 'backend', 'vmap', 'random'],
  checkpoint: [...upToLayers, 'transforms', 'optimizers', 'files'],
  training: [...upToLayers, 'transforms', 'optimizers', 'files', 'checkpoint'],
  parallel: [...upToLayers, 'transforms', 'optimizers', 'files', 'checkpoint', 'training'],
  metrics: upToLayers.slice(0, 8),
  plot: ['check', 'tree', 'backend', 'distributions', 'files'],
};

/** Packages that src may import, each with the forms that resolve in Node, in bundlers and in tslab alike. */
const external = (folder: string, { from, typeOnly }: Import): boolean =>
  from === '@tensorflow/tfjs-core' ||
  /^fp-ts\/lib\/\w+\.js$/.test(from) ||
  (from === '@tensorflow/tfjs-core/dist/register_all_gradients.js' && folder === 'ops') ||
  (from === 'cli-progress' && folder === 'training') ||
  (from === 'workerpool' && folder === 'parallel') ||
  // Their types alone: they are imported by name, by those who use a queue.
  (/^(bullmq|ioredis)$/.test(from) && folder === 'parallel' && typeOnly) ||
  // Types, and imported when the first figure is made: bundlers have to see its name.
  (from === '@observablehq/plot' && folder === 'plot') ||
  // Imported when the backend is requested.
  (/^@tensorflow\/tfjs-backend-(cpu|wasm|webgpu)$/.test(from) && folder === 'backend') ||
  // Their types alone: the modules come from process.getBuiltinModule, where there is one.
  (/^node:/.test(from) && folder === 'files' && typeOnly);

const complaint = (source: Source, imported: Import): string | undefined => {
  const says = (why: string): string => `${source.path}: imports ${imported.from}, ${why}`;
  const folder = source.path.split('/')[1]!;
  if (!imported.from.startsWith('.'))
    return external(folder, imported) ? undefined : says('which is no package for this folder');
  if (!imported.from.endsWith('.ts')) return says('which does not end with .ts');
  const target = posix.join(posix.dirname(source.path), imported.from);
  if (!target.startsWith('src/')) return says('which is outside of src');
  const targetFolder = target.split('/')[1]!;
  if (source.path === 'src/index.ts' || targetFolder === folder) return undefined;
  const allowed = mayImport[folder];
  if (allowed === undefined) return says('but this folder has no row in test/structure/imports.ts');
  return allowed.includes(targetFolder)
    ? undefined
    : says(`but src/${folder} may only import ${allowed.join(', ') || 'nothing'}`);
};

/** One line for each import that runs up the table, leaves src or has a form that does not resolve everywhere. */
export const badImports = (files: readonly Source[]): readonly string[] =>
  files.flatMap((file) => readImports(file).flatMap((imported) => complaint(file, imported) ?? []));

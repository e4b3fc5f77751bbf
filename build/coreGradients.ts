import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { type CoreExports, rewriteCoreImports } from './rewriteCoreImports.ts';

const core = '@tensorflow/tfjs-core';
const prefix = '\0tfjs-core/';
/** Modules with state or classes of their own: a second copy of one would break the first. */
const single: ReadonlySet<string> = new Set([
  'engine',
  'environment',
  'global_util',
  'kernel_registry',
  'tensor',
]);
/** Kernels whose gradients src/backend/setup.ts replaces: those of tfjs-core would never run. */
const replaced: readonly string[] = [
  'Abs',
  'AvgPool3D',
  'AvgPool',
  'BatchMatMul',
  'BroadcastTo',
  'Cast',
  'ComplexAbs',
  'Conv2D',
  'Conv2DBackpropInput',
  'Cumsum',
  'DepthwiseConv2dNative',
  'Dilation2D',
  'Elu',
  'Exp',
  'FloorDiv',
  'FusedBatchNorm',
  'GatherV2',
  'GreaterEqual',
  'LogSoftmax',
  'Max',
  'Maximum',
  'MaxPool3D',
  'MaxPool',
  'Mean',
  'Min',
  'Minimum',
  'MirrorPad',
  'Pow',
  'Prelu',
  'Prod',
  'Relu',
  'ResizeBilinear',
  'ResizeNearestNeighbor',
  'Sigmoid',
  'Softmax',
  'SplitV',
  'SquaredDifference',
  'Sum',
  'Tanh',
  'Tile',
  'Unpack',
  'UnsortedSegmentSum',
];

/** Leaves replaced gradients out of the list of all. */
const withoutReplaced = (code: string): string =>
  replaced.reduce((left, kernel) => {
    const [line, config] =
      new RegExp(`^import \\{ (\\w+) \\} from '\\./gradients/${kernel}_grad';$`, 'm').exec(left) ?? [];
    if (line === undefined) throw new Error(`tfjs-core registers no gradient of ${kernel}`);
    return left.replace(line, '').replace(new RegExp(`^ *${config},?$`, 'gm'), '');
  }, code);

const notice = '/*! Includes code of TensorFlow.js core, Copyright Google LLC, Apache-2.0; see NOTICE */\n';

/** Drops the licence header (one notice stands for all) and the source map, which no longer fits. */
const strip = (code: string): string =>
  code.replace(/\/\*\*\s*\n \* @license[\s\S]*?\*\//g, '').replace(/^\/\/# sourceMappingURL=.*$/gm, '');

/** A plugin that Rolldown and Vite both take. */
export interface CoreGradientsPlugin {
  readonly name: string;
  readonly enforce: 'pre';
  readonly resolveId: (id: string, importer?: string) => string | { id: string; external: true } | null;
  readonly load: (id: string) => { code: string; map: null; moduleType: 'js' } | null;
}

/**
 * Makes `@tensorflow/tfjs-core/dist/register_all_gradients.js` importable, for the build and for the tests.
 *
 * tfjs-core registers no gradients by itself. The modules that do are ES modules which import one another without
 * file extensions, and Node refuses that. This plugin takes those modules into the output and points what they import back at the public entry of tfjs-core, so that there is no second engine and no
 * second Tensor class: only the gradients themselves and a few private functions behind them come along.
 */
export const coreGradients = (): CoreGradientsPlugin => {
  const require = createRequire(import.meta.url);
  const dist = dirname(require.resolve(core));
  const exports = require(core) as CoreExports;
  return {
    name: 'core-gradients',
    enforce: 'pre',
    resolveId: (id, importer) => {
      if (id.startsWith(`${core}/dist/`)) {
        // Declarations need no code, and keep the import as it is.
        return /\.d\.[cm]?ts$/.test(importer ?? '')
          ? { id, external: true }
          : prefix + id.slice(core.length + '/dist/'.length).replace(/\.js$/, '');
      }
      return importer?.startsWith(prefix) && id.startsWith('.')
        ? prefix + posix.join(posix.dirname(importer.slice(prefix.length)), id)
        : null;
    },
    load: (id) => {
      if (!id.startsWith(prefix)) return null;
      const module = id.slice(prefix.length);
      if (single.has(module)) throw new Error(`tfjs-core's ${module} must not be copied`);
      const stock = strip(readFileSync(join(dist, `${module}.js`), 'utf8'));
      const isList = module.startsWith('register_all');
      const code = rewriteCoreImports(module, isList ? withoutReplaced(stock) : stock, exports);
      return { code: isList ? notice + code : code, map: null, moduleType: 'js' };
    },
  };
};

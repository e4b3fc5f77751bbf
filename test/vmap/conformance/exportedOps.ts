import * as tf from '@tensorflow/tfjs-core';

/** Exports of tfjs-core whose members are operations. */
const namespaces = [
  'browser',
  'fused',
  'image',
  'linalg',
  'losses',
  'math',
  'signal',
  'sparse',
  'spectral',
  'string',
] as const;

/** Exports of tfjs-core that hold no operations: helpers, and what other parts of it are about. */
const otherNamespaces = [
  ...[
    'ENV',
    'Rank',
    'Reduction',
    'backend_util',
    'broadcast_util',
    'default',
    'device_util',
    'gather_util',
    'io',
  ],
  ...['kernel_impls', 'scatter_util', 'serialization', 'slice_util', 'tensor_util', 'test_util', 'util'],
];

const core: Readonly<Record<string, object | string | number>> = { ...tf };

const functionNames = (home: object): readonly string[] =>
  Object.entries(home).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));

/** The functions that tfjs-core exports, those of its namespaces as `image.resizeBilinear`. */
export const exportedFunctions: readonly string[] = [
  ...functionNames(core),
  ...namespaces.flatMap((namespace) =>
    functionNames(core[namespace] as object).map((name) => `${namespace}.${name}`),
  ),
];

/**
 * The exports of tfjs-core that hold others and are known neither as namespaces of operations nor as other ones. From version 23
 * on, Node also exports a CommonJS module as a whole, as `module.exports`.
 */
export const unknownNamespaces: readonly string[] = Object.entries(tf)
  .filter(([name, value]) => typeof value === 'object' && value !== null && name !== 'module.exports')
  .map(([name]) => name)
  .filter((name) => ![...namespaces, ...otherNamespaces].includes(name));

/** The kernels that tfjs-core names. */
export const namedKernels: readonly string[] = Object.entries(tf).flatMap(([name, value]) =>
  typeof value === 'string' && name !== 'version_core' && name !== 'OP_SCOPE_SUFFIX' ? [value] : [],
);

/** Whether a kernel is one of this library's own. */
export const isOurs = (kernel: string): boolean => kernel.startsWith('TfjsBayesian');

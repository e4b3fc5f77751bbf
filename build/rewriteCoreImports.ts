import { posix } from 'node:path';

/** What tfjs-core exports, by name: for each name the names inside it, which matter for the namespaces. */
export type CoreExports = Readonly<Record<string, object | undefined>>;

const core = '@tensorflow/tfjs-core';

/** Modules that the public entry offers under the name of a namespace. */
const namespaces: Readonly<Record<string, string>> = {
  util: 'util',
  util_base: 'util',
  tensor_util: 'tensor_util',
  'ops/axis_util': 'backend_util',
  'ops/broadcast_util': 'broadcast_util',
  'ops/conv_util': 'backend_util',
  'ops/selu_util': 'backend_util',
  'ops/slice_util': 'slice_util',
};

/** Names that the public entry does not have as they are, by module and name. */
const standIns: Readonly<Record<string, string>> = {
  'engine ENGINE': `import { engine } from '${core}'; const ENGINE = engine();`,
  'tensor getGlobalTensorClass': `import { Tensor } from '${core}'; const getGlobalTensorClass = () => Tensor;`,
  // A gradient that somebody registered before stays, and a second copy of the library changes nothing.
  'kernel_registry registerGradient': [
    `import { getGradient, registerGradient as registerAnew } from '${core}';`,
    'const registerGradient = (config) => { if (!getGradient(config.kernelName)) registerAnew(config); };',
  ].join(' '),
};

const importLine = /^import (?:\{([^}]*)\}|\* as (\w+)) from '(\.[^']+)';$/gm;
const anyRelative = /^(?:import|export)\b[^;]*?'(\.[^']+)'/gm;

const words = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);

/** The members of a namespace import that the module's code uses. */
const membersUsed = (code: string, name: string): readonly string[] =>
  [...code.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, 'g'))].map((match) => match[1]!);

const named = (exports: CoreExports, module: string, names: readonly string[]): string | undefined => {
  const standIn = standIns[`${module} ${names.join()}`];
  if (standIn !== undefined) return standIn;
  const namespace = namespaces[module];
  if (namespace === undefined)
    return names.every((name) => name in exports)
      ? `import { ${names.join(', ')} } from '${core}';`
      : undefined;
  const members = exports[namespace] ?? {};
  // Two modules of one namespace may be imported side by side.
  const alias = `${namespace}_for_${module.replace(/\W/g, '_')}`;
  return names.every((name) => name in members)
    ? `import { ${namespace} as ${alias} } from '${core}'; const { ${names.join(', ')} } = ${alias};`
    : undefined;
};

const starred = (exports: CoreExports, module: string, name: string, code: string): string | undefined => {
  const namespace = namespaces[module];
  if (namespace === undefined) return undefined;
  const members = exports[namespace] ?? {};
  return membersUsed(code, name).every((member) => member in members)
    ? `import { ${namespace} as ${name} } from '${core}';`
    : undefined;
};

/**
 * Points the relative imports of one of tfjs-core's own modules back at its public entry, where that has the
 * names. What is private (such as the backward pass of a convolution) keeps its relative import.
 *
 * @param module the module's path inside tfjs-core's dist, without the extension: 'gradients/Abs_grad'
 * @throws when an import has a form that it does not know, rather than give code that fails later
 */
export const rewriteCoreImports = (module: string, code: string, exports: CoreExports): string => {
  const known = new Set<string>();
  const rewritten = code.replace(
    importLine,
    (line, names: string | undefined, star: string | undefined, from: string) => {
      known.add(from);
      const target = posix.join(posix.dirname(module), from);
      const better =
        star === undefined
          ? named(exports, target, words(names ?? ''))
          : starred(exports, target, star, code);
      return better ?? line;
    },
  );
  const strange = [...code.matchAll(anyRelative)].map((match) => match[1]!).find((from) => !known.has(from));
  if (strange !== undefined)
    throw new Error(`tfjs-core's ${module}: the import of ${strange} is not understood`);
  return rewritten;
};

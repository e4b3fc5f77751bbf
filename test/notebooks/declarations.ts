import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import type * as TypeScript from 'typescript';

/** The errors of tslab's compiler for the library's declarations. */
export interface Declarations {
  /** The compiler's version. */
  readonly version: string;
  /** Its complaints about our files. */
  readonly errors: readonly string[];
  /** How many types were looked at: those written in the declarations, and those of the exported values. */
  readonly looked: { readonly written: number; readonly exported: number };
  /** Where a type is any, by file or by exported name. */
  readonly untyped: readonly string[];
}

/** The options of the converter in tslab 1.0.22, but for libraries, which are checked here. */
const compilerOptions = (ts: typeof TypeScript): TypeScript.CompilerOptions => ({
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  esModuleInterop: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  declaration: true,
  experimentalDecorators: true,
  resolveJsonModule: true,
  jsx: ts.JsxEmit.React,
  noEmit: true,
  skipLibCheck: false,
});

/** Where the types written in a file are any: what does not resolve is any, without a word in a cell. */
const writtenAny = (ts: typeof TypeScript, checker: TypeScript.TypeChecker, file: TypeScript.SourceFile) => {
  const found: string[] = [];
  let looked = 0;
  const visit = (node: TypeScript.Node): void => {
    if (ts.isTypeNode(node) && !ts.isTemplateLiteralTypeSpan(node)) {
      looked += 1;
      if (checker.getTypeFromTypeNode(node).flags & ts.TypeFlags.Any) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
        found.push(`${file.fileName}:${line + 1} ${node.getText(file)}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { looked, found };
};

/** Where the types reached from an exported name are any, as far as our own declarations go. */
const exportedAny = (
  ts: typeof TypeScript,
  checker: TypeScript.TypeChecker,
  ours: (file: TypeScript.SourceFile) => boolean,
  modules: readonly (readonly [name: string, symbol: TypeScript.Symbol])[],
) => {
  const found: string[] = [];
  const seen = new Set<TypeScript.Type>();
  const isOurs = (symbol: TypeScript.Symbol | undefined): boolean =>
    symbol?.declarations?.some((declaration) => ours(declaration.getSourceFile())) ?? false;
  const visit = (type: TypeScript.Type, path: string): void => {
    if (seen.has(type)) return;
    seen.add(type);
    if (type.flags & ts.TypeFlags.Any) {
      seen.delete(type);
      found.push(path);
      return;
    }
    if (type.isUnionOrIntersection()) for (const part of type.types) visit(part, path);
    for (const argument of type.aliasTypeArguments ?? []) visit(argument, `${path}<>`);
    const isReference = 'target' in type && 'objectFlags' in type;
    for (const argument of isReference ? checker.getTypeArguments(type as TypeScript.TypeReference) : [])
      visit(argument, `${path}<>`);
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
      if (!isOurs(type.symbol)) continue;
      for (const parameter of signature.parameters)
        visit(checker.getTypeOfSymbol(parameter), `${path}(${parameter.name})`);
      for (const { name, constraint } of (signature.typeParameters ?? []).map((parameter) => ({
        name: parameter.symbol.name,
        constraint: parameter.getConstraint(),
      })))
        if (constraint !== undefined) visit(constraint, `${path}<${name}>`);
      visit(signature.getReturnType(), `${path}()`);
    }
    for (const property of type.getProperties())
      if (isOurs(property)) visit(checker.getTypeOfSymbol(property), `${path}.${property.name}`);
    for (const { type: value } of checker.getIndexInfosOfType(type)) visit(value, `${path}[]`);
  };
  for (const [name, module] of modules)
    for (const symbol of checker.getExportsOfModule(module)) {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const path = `${name}: ${symbol.name}`;
      if (target.flags & ts.SymbolFlags.Value) visit(checker.getTypeOfSymbol(target), path);
      if (target.flags & ts.SymbolFlags.Type) visit(checker.getDeclaredTypeOfSymbol(target), path);
    }
  return { looked: seen.size, found };
};

/**
 * Compiles what a program in `folder` gets when it imports each of `specifiers`, with the compiler, the options and the
 * resolution of tslab.
 */
export const checkDeclarations = (
  folder: string,
  tslab: string,
  specifiers: readonly string[],
): Declarations => {
  const ts = createRequire(join(tslab, 'here.js'))('@tslab/typescript-for-tslab') as typeof TypeScript;
  const entry = join(folder, 'cell.ts');
  const text = specifiers
    .map((name, index) => `import * as m${index} from '${name}';\nm${index};`)
    .join('\n');
  const options = compilerOptions(ts);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  const program = ts.createProgram([entry], options, {
    ...host,
    fileExists: (name) => name === entry || fileExists(name),
    getCurrentDirectory: () => folder,
    getSourceFile: (name, language, ...rest) =>
      name === entry ? ts.createSourceFile(name, text, language) : getSourceFile(name, language, ...rest),
  });
  const checker = program.getTypeChecker();
  const ours = ({ fileName }: TypeScript.SourceFile) =>
    fileName === entry ||
    fileName
      .split('/')
      .join(sep)
      .includes(join('node_modules', 'tfjs-bayesian', 'dist'));
  const errors = ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || ours(file))
    .map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  const written = program
    .getSourceFiles()
    .filter(ours)
    .map((file) => writtenAny(ts, checker, file));
  const imports = program.getSourceFile(entry)?.statements.filter(ts.isImportDeclaration) ?? [];
  const modules = imports.flatMap(({ moduleSpecifier }, index) => {
    const symbol = checker.getSymbolAtLocation(moduleSpecifier);
    return symbol === undefined ? [] : [[specifiers[index] ?? '', symbol] as const];
  });
  const exported = exportedAny(ts, checker, ours, modules);
  return {
    version: ts.version,
    errors,
    looked: { written: written.reduce((sum, { looked }) => sum + looked, 0), exported: exported.looked },
    untyped: [...written.flatMap(({ found }) => found), ...exported.found],
  };
};

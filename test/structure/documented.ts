import { resolve } from 'node:path';
import ts from 'typescript';
import { subpaths } from '../../build/subpaths.ts';

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
};

const commented = (checker: ts.TypeChecker, symbol: ts.Symbol): boolean =>
  symbol.getDocumentationComment(checker).length > 0;

const hasExample = (checker: ts.TypeChecker, symbol: ts.Symbol): boolean =>
  symbol.getJsDocTags(checker).some(({ name }) => name === 'example');

const behind = (checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** What a name lacks: its comment, a value its example, options the comments of each of them. */
const missingParts =
  (checker: ts.TypeChecker) =>
  (name: string, symbol: ts.Symbol): readonly string[] => {
    const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0;
    const options = name.endsWith('Options')
      ? checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
      : [];
    return [
      ...(commented(checker, symbol) ? [] : [`${name} has no doc comment`]),
      ...(isValue && !hasExample(checker, symbol) ? [`${name} has no @example`] : []),
      ...options
        .filter((option) => !commented(checker, option))
        .map((option) => `${name}.${option.name} has no doc comment`),
    ];
  };

/** The symbols of a module's public names, those of its namespaces as `random.key`. */
const readSymbols = (
  checker: ts.TypeChecker,
  module: ts.Symbol,
  prefix: string,
): readonly (readonly [name: string, symbol: ts.Symbol])[] =>
  checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = behind(checker, exported);
    const name = prefix + exported.name;
    return symbol.flags & ts.SymbolFlags.ValueModule
      ? readSymbols(checker, symbol, `${name}.`)
      : [[name, symbol] as const];
  });

const readEntries = (entries: readonly string[]) => {
  const files = entries.map((entry) => resolve(entry));
  const program = ts.createProgram(files, compilerOptions);
  const checker = program.getTypeChecker();
  const symbols = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} is not a module`);
    return readSymbols(checker, module, '');
  });
  return { checker, symbols };
};

const readEntry = (entry: string) => readEntries([entry]);

export const namespaces: readonly string[] = ['checkpoint', 'parallel', 'plot', 'random', 'tree'];

/** The subpaths whose values the root exports by their own names, and of whose types it exports those that users write. */
export const flatEntries: readonly string[] = subpaths
  .filter((name) => !namespaces.includes(name))
  .map((name) => `src/${name}/index.ts`);

/** The exported values of entry files. */
export const valuesIn = (...entries: readonly string[]): readonly string[] =>
  readEntries(entries)
    .symbols.filter(([, symbol]) => (symbol.flags & ts.SymbolFlags.Value) !== 0)
    .map(([name]) => name);

/** The public names of entry files, those of their namespaces as `random.key`, each with what its documentation lacks. */
export const publicNames = (...entries: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const { checker, symbols } = readEntries(entries);
  return new Map(symbols.map(([name, symbol]) => [name, missingParts(checker)(name, symbol)] as const));
};

/** The names of the type parameters that a declaration shows, those of functions that it takes or returns included. */
const typeParameters = (node: ts.Node): readonly string[] => {
  if (ts.isBlock(node) || ts.isMappedTypeNode(node) || ts.isInferTypeNode(node)) return [];
  const own = ts.isTypeParameterDeclaration(node) ? [node.name.text] : [];
  const below: string[] = [];
  ts.forEachChild(node, (child) => void below.push(...typeParameters(child)));
  return [...own, ...below];
};

/** The type parameters of an entry file's public names, each as `compile X`. */
export const typeParametersIn = (entry: string): readonly (readonly [name: string, parameter: string])[] =>
  readEntry(entry).symbols.flatMap(([name, symbol]) => {
    const parameters = (symbol.declarations ?? []).flatMap(typeParameters);
    return [...new Set(parameters)].map((parameter) => [name, parameter] as const);
  });

/** The code of the examples of an entry file's public names. */
export const examplesIn = (entry: string): ReadonlyMap<string, string> => {
  const { checker, symbols } = readEntry(entry);
  return new Map(
    symbols.flatMap(([name, symbol]) => {
      const codes = symbol
        .getJsDocTags(checker)
        .flatMap(({ name, text }) => (name === 'example' ? [ts.displayPartsToString(text)] : []));
      return codes.map((code, index) => [index === 0 ? name : `${name} (${index + 1})`, code] as const);
    }),
  );
};

/** The option records of entry files: of each exported '...Options' type the names. */
export const optionTypes = (...entries: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const { checker, symbols } = readEntries(entries);
  return new Map(
    symbols
      .filter(([name]) => name.endsWith('Options'))
      .map(([name, symbol]) => [
        name,
        checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).map((option) => option.name),
      ]),
  );
};

/** The exported functions of an entry file that have a parameter called `options`. */
export const functionsWithOptions = (entry: string): readonly string[] => {
  const { checker, symbols } = readEntry(entry);
  return symbols
    .filter(([, symbol]) => (symbol.flags & ts.SymbolFlags.Value) !== 0)
    .filter(([, symbol]) =>
      checker
        .getTypeOfSymbol(symbol)
        .getCallSignatures()
        .some(({ parameters }) => parameters.some(({ name }) => name === 'options')),
    )
    .map(([name]) => name);
};

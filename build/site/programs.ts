import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { freeNames, withImports } from './names.ts';
import { findOrigins } from './origins.ts';

/** A definition that examples of doc comments take as given. */
interface Given {
  readonly name: string;
  readonly code: string;
  readonly uses: readonly string[];
}

const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);

/** The names that a module exports, all of them written out. */
const exportedNames = (file: string): readonly string[] =>
  parse(file).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) return [];
    const { exportClause } = statement;
    return ts.isNamespaceExport(exportClause)
      ? [exportClause.name.text]
      : exportClause.elements.map(({ name }) => name.text);
  });

const readGiven = (file: string): readonly Given[] =>
  parse(file).statements.flatMap((statement) => {
    if (!ts.isVariableStatement(statement)) return [];
    const code = statement.getText().replace(/^export /, '');
    return statement.declarationList.declarations.map(({ name }) => ({
      name: name.getText(),
      code,
      uses: freeNames(code),
    }));
  });

/** The definitions that code needs, in their order, with those that these need. */
const needed = (code: string, given: readonly Given[]): readonly Given[] => {
  const names = new Set(freeNames(code));
  for (const { name, uses } of [...given].reverse())
    if (names.has(name)) for (const use of uses) names.add(use);
  return given.filter(({ name }) => names.has(name));
};

const own = /^import \{ (\w+) \} from 'tfjs-bayesian';$/;
const backend = "import '@tensorflow/tfjs-backend-cpu';";

/** Code after its imports, with those of the library in one statement and a backend. */
const gathered = (code: string): string => {
  const lines = code.split('\n');
  const names = lines.flatMap((line) => own.exec(line)?.[1] ?? []);
  const rest = lines.filter((line) => !own.test(line));
  const outside = rest.filter((line) => line.startsWith('import '));
  const body = rest.filter((line) => !line.startsWith('import '));
  const library = names.length === 0 ? [] : [`import { ${names.sort().join(', ')} } from 'tfjs-bayesian';`];
  return [backend, ...outside, ...library, '', ...body].join('\n');
};

/**
 * Makes code a program of its own: with the imports that it leaves out, and the definitions of `test/docs/given.ts` that
 * the examples of doc comments use. Code that imports anything stays as it is.
 */
export const toProgram = (root: string): ((code: string) => string) => {
  const origins = findOrigins(exportedNames(`${root}/src/index.ts`));
  const given = readGiven(`${root}/test/docs/given.ts`);
  return (code) =>
    /^import /m.test(code)
      ? code
      : gathered(
          withImports(
            [...needed(code, given).map((definition) => definition.code), code].join('\n'),
            origins,
          ),
        );
};

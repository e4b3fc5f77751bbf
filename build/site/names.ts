import ts from 'typescript';

const isName = (parent: ts.Node, node: ts.Identifier): boolean =>
  (ts.isVariableDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isBindingElement(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isNamespaceImport(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent)) &&
  parent.name === node;

const isMember = (parent: ts.Node, node: ts.Identifier): boolean =>
  ((ts.isPropertyAccessExpression(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent)) &&
    parent.name === node) ||
  (ts.isBindingElement(parent) && parent.propertyName === node) ||
  (ts.isQualifiedName(parent) && parent.right === node);

/** The names that code uses and does not declare. */
export const freeNames = (code: string): readonly string[] => {
  const declared = new Set<string>();
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      if (isName(node.parent, node)) declared.add(node.text);
      else if (!isMember(node.parent, node)) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('block.ts', code, ts.ScriptTarget.ES2022, true));
  return [...used].filter((name) => !declared.has(name));
};

/** Where a name comes from that code leaves out: the module, and how it is imported. */
export type Origins = ReadonlyMap<string, string>;

/** Code with the imports that it leaves out; code that imports anything is taken as it is. */
export const withImports = (code: string, origins: Origins): string =>
  /^import /m.test(code)
    ? code
    : [...freeNames(code).flatMap((name) => origins.get(name) ?? []), code].join('\n');

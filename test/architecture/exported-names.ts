import ts from 'typescript';

/** An exported declaration at the top of a file. */
export interface ExportedName {
  readonly name: string;
  /** Interfaces, type aliases, classes and enumerations are types; functions and constants are values. */
  readonly kind: 'type' | 'value';
  readonly path: string;
}

/** Parses, without looking at any other file. */
export const exportedNames = (path: string, source: string): readonly ExportedName[] =>
  ts
    .createSourceFile(path, source, ts.ScriptTarget.Latest)
    .statements.filter((statement) => isExported(statement))
    .flatMap((statement) => declared(statement).map((each) => ({ ...each, path })));

const isExported = (statement: ts.Statement): boolean =>
  ts.canHaveModifiers(statement) &&
  ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

const declared = (statement: ts.Statement): readonly Omit<ExportedName, 'path'>[] => {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => namesIn(name));
  }
  if (ts.isFunctionDeclaration(statement)) return [{ name: statement.name?.text ?? 'default', kind: 'value' }];
  if (isType(statement)) return [{ name: statement.name?.text ?? 'default', kind: 'type' }];
  throw new Error(`an export of a kind that this check does not know: ${ts.SyntaxKind[statement.kind]}`);
};

const isType = (
  node: ts.Node,
): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.ClassDeclaration | ts.EnumDeclaration =>
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isClassDeclaration(node) ||
  ts.isEnumDeclaration(node);

const namesIn = (name: ts.BindingName): readonly Omit<ExportedName, 'path'>[] =>
  ts.isIdentifier(name)
    ? [{ name: name.text, kind: 'value' }]
    : name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(element.name) : []));

/** Two folders below `libs` and `apps`, which have a name each: `libs/caps`. */
const libraryOf = (path: string): string => path.split('/').slice(0, 2).join('/');

/**
 * Says of each name that two files export as a type, or two libraries as a value, where that is: a word has one
 * meaning in the whole code base. Values of an app are its own.
 */
export const clashesIn = (names: readonly ExportedName[]): readonly string[] => [
  ...clashes(
    names.filter(({ kind }) => kind === 'type'),
    ({ path }) => path,
  ),
  ...clashes(
    names.filter(({ kind, path }) => kind === 'value' && path.startsWith('libs/')),
    ({ path }) => libraryOf(path),
  ),
];

const clashes = (names: readonly ExportedName[], ownerOf: (each: ExportedName) => string): readonly string[] =>
  [...new Set(names.map(({ name }) => name))].flatMap((name) => {
    const named = names.filter((each) => each.name === name);
    if (new Set(named.map(ownerOf)).size < 2) return [];
    return [`${name} means ${String(named.length)} things: ${named.map(({ path }) => path).join(', ')}`];
  });

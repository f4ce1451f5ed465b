import ts from "typescript";

/** A script and the numbers that its text no longer declares. */
export interface Inlined {
  /** The script without those declarations; their names are free in it. */
  readonly text: string;
  /** The numbers' literals by name, as esbuild's `define` takes them. */
  readonly numbers: Readonly<Record<string, string>>;
}

/**
 * Takes the numeric constants out of a bundle: `var NAME = 5e3;` at its top, NAME in capitals and given nothing else.
 *
 * esbuild declares a bundle's constants with `var` and keeps them, and the engine looks for such a name through every
 * scope around its use, each time.
 */
export function takeNumbers(script: string): Inlined {
  const file = ts.createSourceFile("script.js", script, ts.ScriptTarget.ES2020, true);
  const found = new Map<string, { readonly statement: ts.Statement; readonly literal: string }>();
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const [one, ...more] = statement.declarationList.declarations;
    if (more.length > 0 || !ts.isIdentifier(one.name) || one.initializer === undefined) continue;
    const literal = one.initializer.getText(file);
    if (!/^[A-Z][A-Z0-9_]*$/.test(one.name.text) || !isNumber(one.initializer)) continue;
    found.set(one.name.text, { statement, literal });
  }
  forget(file, found);
  let text = "";
  let from = 0;
  for (const { statement } of found.values()) {
    text += script.slice(from, statement.getStart(file));
    from = statement.end;
  }
  return {
    text: text + script.slice(from),
    numbers: Object.fromEntries([...found].map(([name, { literal }]) => [name, literal])),
  };
}

function isNumber(node: ts.Expression): boolean {
  return ts.isNumericLiteral(node) ||
    (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken &&
      ts.isNumericLiteral(node.operand));
}

/** Forgets the names that something is assigned to. */
function forget(node: ts.Node, found: Map<string, unknown>): void {
  const target = ts.isBinaryExpression(node) &&
      node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      node.operatorToken.kind <= ts.SyntaxKind.LastAssignment
    ? node.left
    : ts.isPostfixUnaryExpression(node) || (ts.isPrefixUnaryExpression(node) &&
        (node.operator === ts.SyntaxKind.PlusPlusToken ||
          node.operator === ts.SyntaxKind.MinusMinusToken))
    ? node.operand
    : undefined;
  if (target !== undefined && ts.isIdentifier(target)) found.delete(target.text);
  ts.forEachChild(node, (child) => forget(child, found));
}

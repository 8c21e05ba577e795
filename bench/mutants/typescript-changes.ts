/** Small changes to a TypeScript module, one at a time: the same kinds as changes.py has for Python. */
import ts from "typescript";

export interface Change {
  /** From 1. */
  readonly line: number;
  readonly what: string;
  /** The whole module, changed. */
  readonly text: string;
}

const { SyntaxKind: Kind } = ts;
const OTHER: Readonly<Partial<Record<ts.SyntaxKind, string>>> = {
  [Kind.EqualsEqualsEqualsToken]: "!==",
  [Kind.ExclamationEqualsEqualsToken]: "===",
  [Kind.LessThanToken]: "<=",
  [Kind.LessThanEqualsToken]: "<",
  [Kind.GreaterThanToken]: ">=",
  [Kind.GreaterThanEqualsToken]: ">",
  [Kind.AmpersandAmpersandToken]: "||",
  [Kind.BarBarToken]: "&&",
};

/** Every change of a module, in the order of the text. */
export function* changesOf(source: string): Generator<Change> {
  const file = ts.createSourceFile("module.ts", source, ts.ScriptTarget.Latest, true);
  for (const { node, put, what } of within(file)) {
    const [from, to] = [node.getStart(file), node.getEnd()];
    yield {
      line: file.getLineAndCharacterOfPosition(from).line + 1,
      what,
      text: source.slice(0, from) + put + source.slice(to),
    };
  }
}

interface Edit {
  readonly node: ts.Node;
  readonly put: string;
  readonly what: string;
}

function* within(node: ts.Node): Generator<Edit> {
  // Types are gone when the code runs; templates are words for people.
  if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isTemplateExpression(node)) return;
  const edit = editOf(node);
  if (edit !== null) yield edit;
  for (const child of node.getChildren()) yield* within(child);
}

function editOf(node: ts.Node): Edit | null {
  return expressionEdit(node) ?? statementEdit(node) ?? literalEdit(node);
}

function expressionEdit(node: ts.Node): Edit | null {
  if (ts.isBinaryExpression(node)) {
    const { operatorToken } = node;
    const put = OTHER[operatorToken.kind];
    return put === undefined
      ? null
      : { node: operatorToken, put, what: `${operatorToken.getText()} becomes ${put}` };
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === Kind.ExclamationToken)
    return { node, put: `!!${node.operand.getText()}`, what: "not is dropped" };
  return null;
}

function statementEdit(node: ts.Node): Edit | null {
  if (ts.isIfStatement(node))
    return { node: node.expression, put: "false", what: "the condition never holds" };
  if (ts.isThrowStatement(node)) return { node, put: ";", what: "a throw is dropped" };
  if (ts.isExpressionStatement(node) && isCall(node.expression))
    return { node, put: ";", what: "a call is dropped" };
  return null;
}

function literalEdit(node: ts.Node): Edit | null {
  if (ts.isNumericLiteral(node))
    return { node, put: `(${node.text} + 1)`, what: `${node.text} grows by one` };
  const isTrue = node.kind === Kind.TrueKeyword;
  if ((!isTrue && node.kind !== Kind.FalseKeyword) || ts.isLiteralTypeNode(node.parent))
    return null;
  return { node, put: String(!isTrue), what: `${String(isTrue)} is turned round` };
}

function isCall(node: ts.Expression): boolean {
  return ts.isCallExpression(node) || (ts.isAwaitExpression(node) && isCall(node.expression));
}

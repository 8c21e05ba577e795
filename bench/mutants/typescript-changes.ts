/**
 * Small changes to a TypeScript module: the same kinds as changes.py has for Python. The module is
 * written once with all of them in it, each asleep until `__mutant` says that it is the active one.
 */
import ts from "typescript";

export interface Change {
  /** What `__mutant` is asked for. */
  readonly number: number;
  /** From 1. */
  readonly line: number;
  readonly what: string;
}

/** A module with its changes asleep; a loop in it calls `__step` so that none is endless. */
export interface Changeable {
  readonly text: string;
  readonly changes: readonly Change[];
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

/** Every change of a module; they are numbered from `first`. */
export function changeable(source: string, first: number): Changeable {
  const file = ts.createSourceFile("module.ts", source, ts.ScriptTarget.Latest, true);
  const changes: Change[] = [];
  const numbered = ({ at, what }: Edit): number => {
    const line = file.getLineAndCharacterOfPosition(at.getStart(file)).line + 1;
    const number = first + changes.length;
    changes.push({ number, line, what });
    return number;
  };
  return { text: written(file, numbered), changes };
}

interface Edit {
  /** Where it stands, for the line. */
  readonly at: ts.Node;
  readonly what: string;
  /** The node's text with the change in it; `asIs` is the text with the changes further in. */
  readonly text: (isActive: string, asIs: string) => string;
}

function written(node: ts.Node, numbered: (edit: Edit) => number): string {
  const source = node.getSourceFile().text;
  // Types are gone when the code runs; templates are words for people.
  if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isTemplateExpression(node))
    return node.getText();
  const edit = editOf(node);
  const isActive = edit === null ? "" : `__mutant(${numbered(edit)})`;
  let asIs = "";
  let from = node.getStart();
  for (const child of node.getChildren()) {
    asIs += source.slice(from, child.getStart()) + written(child, numbered);
    from = child.getEnd();
  }
  asIs += source.slice(from, node.getEnd());
  if (isLoopBody(node)) asIs = `{ __step(); ${asIs} }`;
  return edit === null ? asIs : edit.text(isActive, asIs);
}

function isLoopBody(node: ts.Node): boolean {
  const { parent } = node as { parent: ts.Node | undefined };
  return (
    parent !== undefined && ts.isIterationStatement(parent, false) && parent.statement === node
  );
}

function editOf(node: ts.Node): Edit | null {
  return expressionEdit(node) ?? statementEdit(node) ?? literalEdit(node);
}

function expressionEdit(node: ts.Node): Edit | null {
  if (ts.isBinaryExpression(node)) {
    const { left, operatorToken: at, right } = node;
    const other = OTHER[at.kind];
    if (other === undefined) return null;
    const changed = `(${left.getText()}) ${other} (${right.getText()})`;
    return { at, what: `${at.getText()} becomes ${other}`, text: instead(changed) };
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === Kind.ExclamationToken)
    return { at: node, what: "not is dropped", text: instead(`!!${node.operand.getText()}`) };
  return null;
}

/** One of two expressions. */
function instead(changed: string): Edit["text"] {
  return (isActive, asIs) => `(${isActive} ? ${changed} : ${asIs})`;
}

/** The statement, or none. */
const dropped: Edit["text"] = (isActive, asIs) => `{ if (!${isActive}) { ${asIs} } }`;

function statementEdit(node: ts.Node): Edit | null {
  if (ts.isIfStatement(node))
    return {
      at: node.expression,
      what: "the condition never holds",
      text: (isActive, asIs) => asIs.replace("(", `(${isActive} ? false : `),
    };
  if (ts.isThrowStatement(node)) return { at: node, what: "a throw is dropped", text: dropped };
  if (ts.isExpressionStatement(node) && isCall(node.expression))
    return { at: node, what: "a call is dropped", text: dropped };
  return null;
}

function literalEdit(node: ts.Node): Edit | null {
  if (ts.isNumericLiteral(node) && !isName(node))
    return { at: node, what: `${node.text} grows by one`, text: instead(`${node.text} + 1`) };
  const isTrue = node.kind === Kind.TrueKeyword;
  if ((!isTrue && node.kind !== Kind.FalseKeyword) || ts.isLiteralTypeNode(node.parent))
    return null;
  const what = `${String(isTrue)} is turned round`;
  return { at: node, what, text: instead(String(!isTrue)) };
}

/** Whether a number is the name of a property: `{ 1: … }`. */
function isName(node: ts.NumericLiteral): boolean {
  return ts.isPropertyAssignment(node.parent) && node.parent.name === node;
}

function isCall(node: ts.Expression): boolean {
  return ts.isCallExpression(node) || (ts.isAwaitExpression(node) && isCall(node.expression));
}

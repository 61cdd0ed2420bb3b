/**
 * Finds code that Tag Manager's sandbox does not run: it has ECMAScript 5.1 with `const`, `let` and arrow functions,
 * and no `new`, `this`, exceptions, classes, regular expressions or globals.
 *
 * This is an allow-list, so unknown syntax is a fault. Template strings, spread, destructuring and `for … of` are not
 * allowed because Google's page does not name them.
 */
import { parseAst } from 'vitest/node';
import { LIBRARY } from './realm.js';

const NODES = new Set(
  `Program FunctionDeclaration FunctionExpression ArrowFunctionExpression BlockStatement VariableDeclaration VariableDeclarator
  ExpressionStatement ReturnStatement IfStatement WhileStatement Identifier Literal ArrayExpression ObjectExpression Property
  CallExpression MemberExpression ConditionalExpression LogicalExpression BinaryExpression UnaryExpression AssignmentExpression
  `.split(/\s+/),
);
const OPERATORS = new Set('+ - * / % === !== < > <= >= && || ! = +='.split(' '));
const METHODS = new Set(Object.values(LIBRARY).join(' ').split(' '));

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface Allowed {
  /** Names that exist without being declared. */
  readonly globals: readonly string[];
  /** Methods of APIs, besides those of strings and arrays. */
  readonly methods: readonly string[];
}

/** @returns each construct that the sandbox would not run, once */
export function faultsOfLanguage(code: string, { globals, methods }: Allowed): string[] {
  const nodes = nodesOf(parseAst(`(function () {\n${code}\n})`));
  const declared = new Set([...globals, 'undefined', ...nodes.flatMap(declaredBy)]);
  const known = new Set([...METHODS, ...methods]);
  return [...new Set(nodes.flatMap((node) => faultOf(node, declared, known)))];
}

function faultOf(node: Node, declared: ReadonlySet<string>, methods: ReadonlySet<string>): string[] {
  const { type, operator, kind, callee } = node;
  if (!NODES.has(type)) return [type];
  if (node['regex'] !== undefined || node['bigint']) return ['regular expression'];
  if (node['async'] === true || node['generator'] === true || node['optional'] === true) return [`${type}: too new`];
  if (node['shorthand'] === true || node['method'] === true) return ['short property'];
  if (typeof operator === 'string' && !OPERATORS.has(operator)) return [`operator ${operator}`];
  if (kind === 'var') return ['var'];
  if (type === 'Identifier' && node['isReference'] === true && !declared.has(String(node['name'])))
    return [`global ${String(node['name'])}`];
  if (!isNode(callee) || callee.type !== 'MemberExpression' || callee['computed'] === true) return [];
  const method = isNode(callee['property']) ? String(callee['property']['name']) : '';
  return methods.has(method) ? [] : [`method ${method}`];
}

/** Every node below. An identifier is marked as a variable or as the name of a property. */
function nodesOf(root: unknown, isReference = true): Node[] {
  if (Array.isArray(root)) return root.flatMap((entry) => nodesOf(entry));
  if (!isNode(root)) return [];
  const below = Object.entries(root).flatMap(([field, value]) => nodesOf(value, !isPropertyName(root, field)));
  return [{ ...root, isReference }, ...below];
}

function isPropertyName({ type, computed }: Node, field: string): boolean {
  if (computed === true) return false;
  return (type === 'MemberExpression' && field === 'property') || (type === 'Property' && field === 'key');
}

function declaredBy({ type, id, params }: Node): string[] {
  const names = type === 'VariableDeclarator' || type === 'FunctionDeclaration' ? [id] : [];
  const all = [...names, ...(Array.isArray(params) ? params : [])];
  return all.flatMap((node: unknown) => (isNode(node) && node.type === 'Identifier' ? [String(node['name'])] : []));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

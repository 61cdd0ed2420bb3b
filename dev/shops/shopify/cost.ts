/**
 * Shopify's cost of a query, and the bucket that pays for it.
 *
 * By Shopify's published rules an object costs 1, a scalar nothing, a connection 2 plus each of its `first` objects.
 * The requested cost is taken from the bucket, and the unused part is returned. A query above 1,000 is refused.
 */
import { type FieldNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';

export const QUERY_COST_MAX = 1_000;
/** Fields that contain a connection's objects and cost nothing themselves. */
const WRAPPERS: ReadonlySet<string> = new Set(['nodes', 'pageInfo']);

type Variables = Readonly<Record<string, unknown>>;

/** What a query costs if each connection is full. */
export function costOf(operation: OperationDefinitionNode, variables: Variables): number {
  return costOfAll(operation.selectionSet, variables);
}

function costOfAll(selections: SelectionSetNode, variables: Variables): number {
  let cost = 0;
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FIELD) cost += costOfField(selection, variables);
  }
  return cost;
}

function costOfField(field: FieldNode, variables: Variables): number {
  if (!field.selectionSet) return 0;
  const children = costOfAll(field.selectionSet, variables);
  if (WRAPPERS.has(field.name.value)) return children;
  const first = field.arguments?.find(({ name }) => name.value === 'first')?.value;
  if (!first) return 1 + children;
  let count = 0;
  if (first.kind === Kind.INT) count = Number(first.value);
  else if (first.kind === Kind.VARIABLE) count = Number(variables[first.name.value]);
  return 2 + count * (1 + children);
}

/** The objects in an answer, including those of connections. */
export function costOfAnswer(data: unknown): number {
  if (Array.isArray(data)) return data.reduce((sum: number, item) => sum + 1 + costOfAnswer(item), 0);
  if (typeof data !== 'object' || data === null) return 0;
  return Object.entries(data).reduce((sum, [name, value]) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !WRAPPERS.has(name);
    return sum + Number(isObject) + costOfAnswer(value);
  }, 0);
}

export interface BucketSize {
  readonly maximum: number;
  /** Points per second. */
  readonly restoreRate: number;
}

/** A leaky bucket of points. */
export class CostBucket {
  readonly #size: BucketSize;
  #available: number;
  #atMs: number;

  constructor(size: BucketSize, nowMs: number) {
    this.#size = size;
    this.#available = size.maximum;
    this.#atMs = nowMs;
  }

  /** False if there are too few. Then nothing is taken. */
  take(points: number, nowMs: number): boolean {
    this.#restore(nowMs);
    if (points > this.#available) return false;
    this.#available -= points;
    return true;
  }

  giveBack(points: number): void {
    this.#available = Math.min(this.#size.maximum, this.#available + points);
  }

  status(nowMs: number): { maximumAvailable: number; currentlyAvailable: number; restoreRate: number } {
    this.#restore(nowMs);
    const { maximum, restoreRate } = this.#size;
    return { maximumAvailable: maximum, currentlyAvailable: Math.floor(this.#available), restoreRate };
  }

  #restore(nowMs: number): void {
    this.giveBack(((nowMs - this.#atMs) / 1000) * this.#size.restoreRate);
    this.#atMs = nowMs;
  }
}

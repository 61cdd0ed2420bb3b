/** The alerting and recording rules as their files have them. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const FOLDER = new URL('../../prometheus/rules/', import.meta.url);

interface RawRule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: { readonly severity: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Alert {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export const RULE_FILES = readdirSync(FOLDER).toSorted();

const rules = RULE_FILES.flatMap((file) => {
  const { groups } = parse(readFileSync(new URL(file, FOLDER), 'utf8')) as { groups: { rules: RawRule[] }[] };
  return groups.flatMap((group) => group.rules);
});

export const ALERTS: readonly Alert[] = rules.flatMap(
  ({ alert, expr, for: holdsFor = '', labels, annotations = {} }) =>
    alert === undefined ? [] : [{ name: alert, expr, for: holdsFor, severity: labels?.severity ?? '', annotations }],
);

/** What the recording rules record, with their queries. */
export const RECORDED: ReadonlyMap<string, string> = new Map(
  rules.flatMap(({ record, expr }) => (record === undefined ? [] : [[record, expr] as const])),
);

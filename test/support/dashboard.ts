/** The dashboards as in their files, for tests that compare them with the metrics and with Prometheus. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../grafana/dashboards/', import.meta.url);

interface DatasourceRef {
  readonly type: string;
  readonly uid: string;
}

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant?: boolean;
  readonly datasource: DatasourceRef;
}

interface FieldDefaults {
  readonly unit?: string;
  readonly thresholds?: { readonly steps: readonly object[] };
}

interface Override {
  readonly matcher: { readonly id: string; readonly options: unknown };
  readonly properties: readonly { readonly id: string; readonly value: { readonly fixedColor?: string } }[];
}

interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: GridPos;
  readonly description?: string;
  readonly datasource?: DatasourceRef;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: FieldDefaults; readonly overrides: readonly Override[] };
  readonly links?: readonly { readonly title: string; readonly url: string }[];
  readonly options?: { readonly legend?: { readonly showLegend: boolean } };
}

interface Variable {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly definition?: string;
  readonly query: string | { readonly query: string };
  readonly refresh: number;
  readonly datasource?: DatasourceRef;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
}

interface Annotation {
  readonly name: string;
  readonly expr: string;
}

export interface Dashboard {
  readonly file: string;
  readonly id: number | null;
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly editable: boolean;
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly Annotation[] };
  readonly links: readonly { readonly type: string; readonly url?: string; readonly tags?: readonly string[] }[];
  readonly tags: readonly string[];
  readonly time: { readonly from: string };
  readonly panels: readonly Panel[];
}

export function readDashboards(): Dashboard[] {
  const files = readdirSync(fileURLToPath(FOLDER)).filter((name) => name.endsWith('.json'));
  return files.map((file) => {
    const read = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Omit<Dashboard, 'file'>;
    return Object.assign(read, { file });
  });
}

/** Every query of every panel, by `dashboard: title, refId`. */
export function queriesOf({ title, panels }: Dashboard): { readonly name: string; panel: Panel; expr: string }[] {
  return panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ refId, expr }) => ({ name: `${title}: ${panel.title}, ${refId}`, panel, expr })),
  );
}

/** The query as Grafana sends it with every value selected. @param range the time range of the screen */
export function expand(expr: string, rateInterval: string, range: string = rateInterval): string {
  return expr
    .replaceAll('$__rate_interval', rateInterval)
    .replaceAll('$__range', range)
    .replaceAll(/\$(job|instance|account)\b/g, '.+');
}

/** A template of Google Tag Manager as in its file: named sections of JSON, JavaScript and YAML. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../scratch.js';

export interface Scenario {
  readonly name: string;
  readonly code: string;
}

interface Permission {
  readonly instance: {
    readonly key: { readonly publicId: string; readonly versionId: string };
    readonly param: readonly {
      readonly key: string;
      readonly value: { readonly type: number; readonly string?: string };
    }[];
  };
  readonly isRequired: boolean;
}

/** A field of the tag, or a column of its table. */
export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly clearOnCopy?: boolean;
  readonly subParams?: readonly Parameter[];
  readonly simpleTableColumns?: readonly Parameter[];
  readonly selectItems?: readonly { readonly value: string }[];
}

export interface Template {
  readonly info: Readonly<Record<string, unknown>>;
  readonly parameters: readonly Parameter[];
  readonly code: string;
  readonly permissions: readonly Permission[];
  readonly scenarios: readonly Scenario[];
  /** Runs before each scenario, in the same scope. */
  readonly setup: string;
}

/** In the order of Tag Manager's own export. */
const SECTIONS = [
  'TERMS_OF_SERVICE',
  'INFO',
  'TEMPLATE_PARAMETERS',
  'SANDBOXED_JS_FOR_SERVER',
  'SERVER_PERMISSIONS',
  'TESTS',
  'NOTES',
];

export const TAG_TEXT = readFileSync(join(ROOT, 'integrations', 'gtm-server', 'template.tpl'), 'utf8');

/** @throws if a section is missing, repeated, out of order or invalid */
export function readTemplate(text: string): Template {
  const parts = text.split(/^___([A-Z_]+)___$/m);
  const names = parts.filter((_, index) => index % 2 === 1);
  if (names.join() !== SECTIONS.join()) throw new Error(`the sections are ${names.join(', ')}`);
  const section = (name: string): string => parts[parts.indexOf(name) + 1]?.trim() ?? '';
  const { scenarios, setup = '' } = parse(section('TESTS'));
  return {
    info: JSON.parse(section('INFO')),
    parameters: JSON.parse(section('TEMPLATE_PARAMETERS')),
    code: section('SANDBOXED_JS_FOR_SERVER'),
    permissions: JSON.parse(section('SERVER_PERMISSIONS')),
    scenarios,
    setup,
  };
}

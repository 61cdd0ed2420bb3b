/**
 * A stand-in for the server container's sandbox: runs a template's code with the APIs that it may require, and its
 * tests.
 *
 * Stricter than Tag Manager in one point: an API without permission cannot be required even if a test mocks it. All
 * facts about an API are from Google's reference.
 */
import { assertCalls, assertThat } from './assertions.js';
import { compile, openRealm, type Realm } from './realm.js';
import type { Scenario, Template } from './template-file.js';

/** Every API of the stand-in, with the permission that it needs. */
export const API_PERMISSIONS: Readonly<Record<string, string | undefined>> = {
  JSON: undefined,
  encodeUriComponent: undefined,
  getAllEventData: 'read_event_data',
  getTimestampMillis: undefined,
  getType: undefined,
  logToConsole: 'logging',
  makeInteger: undefined,
  makeString: undefined,
  sendHttpRequest: 'send_http',
  sha256Sync: undefined,
};

type Apis = Readonly<Record<string, unknown>>;

/** APIs with effects outside the template: tests mock them, a run of the tag gets real ones. */
export interface OuterApis {
  readonly getAllEventData: () => unknown;
  readonly getTimestampMillis: () => number;
  readonly logToConsole: (line: string) => void;
  readonly sendHttpRequest: (url: string, options: HttpOptions, body: string) => PromiseLike<HttpAnswer>;
}

export interface HttpOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly timeout: number;
}

interface HttpAnswer {
  readonly statusCode: number;
  readonly body: string;
}

class TagRun {
  readonly #template: Template;
  readonly #realm: Realm = openRealm();
  readonly #apis: Apis;
  readonly #calls = new Map<string, unknown[][]>();
  readonly #mocks = new Map<string, unknown>();

  constructor(template: Template, outer: Partial<OuterApis>) {
    this.#template = template;
    this.#apis = { ...this.#realm.pureApis, ...outer };
  }

  runCode(fields: object): unknown {
    const body = compile(this.#realm, this.#template.code, ['require', 'data']);
    const data = {
      ...fields,
      gtmOnSuccess: this.#watched('gtmOnSuccess'),
      gtmOnFailure: this.#watched('gtmOnFailure'),
    };
    return body((api: string) => this.#require(api), data);
  }

  runScenario(code: string): void {
    const given = {
      require: (api: string) => this.#require(api),
      runCode: (fields: object) => this.runCode(fields),
      mock: (api: string, value: unknown) => void this.#mocks.set(api, value),
      assertApi: (api: string) => assertCalls(api, this.#calls.get(api) ?? []),
      assertThat,
    };
    // A scenario may declare names that the setup declares too.
    compile(this.#realm, `${this.#template.setup}\n{\n${code}\n}`, Object.keys(given))(...Object.values(given));
  }

  #require(api: string): unknown {
    if (!Object.hasOwn(API_PERMISSIONS, api)) throw new Error(`there is no API ${api}`);
    const needed = API_PERMISSIONS[api];
    const isGranted = this.#template.permissions.some(({ instance }) => instance.key.publicId === needed);
    if (needed !== undefined && !isGranted) throw new Error(`${api} needs the permission ${needed}`);
    const made = this.#apis[api];
    return typeof made === 'object' ? made : this.#watched(api);
  }

  #watched(api: string): (...given: unknown[]) => unknown {
    return (...given) => {
      this.#calls.set(api, [...(this.#calls.get(api) ?? []), given]);
      const value = this.#mocks.get(api) ?? this.#apis[api];
      if (typeof value === 'function') return value(...given);
      if (value === undefined && !api.startsWith('gtmOn'))
        throw new Error(`mock ${api}: it reaches out of the template`);
      return value;
    };
  }
}

/** @throws if the scenario fails */
export function runScenario(template: Template, { code }: Scenario): void {
  new TagRun(template, {}).runScenario(code);
}

/** The names of the failing scenarios, each with its reason. */
export function failuresOf(template: Template): string[] {
  return template.scenarios.flatMap((scenario) => {
    try {
      runScenario(template, scenario);
      return [];
    } catch (error) {
      return [`${scenario.name}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

/** Fires the tag once. */
export function fireTag(template: Template, fields: object, outer: OuterApis): Promise<'success' | 'failure'> {
  return new Promise((resolve, reject) => {
    const ends = { gtmOnSuccess: () => resolve('success'), gtmOnFailure: () => resolve('failure') };
    try {
      new TagRun(template, { ...outer, ...ends }).runCode(fields);
    } catch (error) {
      reject(error);
    }
  });
}

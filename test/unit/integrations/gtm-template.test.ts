// The Tag Manager template in a stand-in for its sandbox: its own tests, its language, its permissions, and that it
// sends what the intake's source ga4 reads.
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../../src/mapping/event.js';
import { GA4 } from '../../../src/mapping/sources/ga4.js';
import { faultsOfLanguage } from '../../support/gtm/language.js';
import { API_PERMISSIONS, failuresOf, runScenario } from '../../support/gtm/tag-sandbox.js';
import { type Parameter, readTemplate, TAG_TEXT } from '../../support/gtm/template-file.js';

const TAG = readTemplate(TAG_TEXT);
const TEST_APIS = ['runCode', 'mock', 'assertApi', 'assertThat'];
const ASSERTIONS =
  'isEqualTo isNotEqualTo isUndefined contains doesNotContain hasLength wasCalled wasNotCalled wasCalledWith'.split(
    ' ',
  );

const required = [...TAG.code.matchAll(/require\('(\w+)'\)/g)].map(([, api = '']) => api);

/** A list of texts in the tag's code. */
function listOf(name: string): string[] {
  const [, body = ''] = new RegExp(`^const ${name} = \\[([^\\]]+)\\]`, 'm').exec(TAG.code) ?? [];
  return [...body.matchAll(/'([^']+)'/g)].map(([, text = '']) => text);
}

function parametersOf(parameters: readonly Parameter[]): Parameter[] {
  return parameters.flatMap((parameter) => [
    parameter,
    ...parametersOf(parameter.subParams ?? []),
    ...(parameter.simpleTableColumns ?? []),
  ]);
}

describe("the template's own tests", () => {
  it.each(TAG.scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
    runScenario(TAG, scenario);
  });

  it('have names of their own', () => {
    expect(TAG.scenarios.length).toBeGreaterThan(10);
    expect(new Set(TAG.scenarios.map(({ name }) => name)).size).toBe(TAG.scenarios.length);
  });

  it.each([
    ['any answer counts as accepted', 'status === 202', 'status >= 200'],
    ['a rejected event is sent again', 'status === 429 || status >= 500', 'status !== 202'],
    ['503 is given up at once', 'if (mayRetry) return send(false);', ''],
    ['503 is tried for ever', 'return send(false);', 'return requests.length > 9 ? undefined : send(mayRetry);'],
    ['the id goes by the time of sending', 'const moment = momentOf();', 'const moment = [getTimestampMillis()];'],
    ['the id is that of the session', 'eventName, moment, ', 'eventName, '],
    ['a purchase gets an id that is made here', 'if (isPurchase) {', 'if (false) {'],
    ['events of unknown visitors go out', '!isPurchase && !hasMatchData(event)', 'false'],
    ['a purchase without match data is not seen', '!isPurchase && !has', '!has'],
    ['the address of the browser goes out', "'event_name',\n", "'event_name',\n  'ip_override',\n"],
    ['the key is forgotten', "Authorization: 'Bearer ' + data.apiKey, ", ''],
    ['the account is not encoded', 'encodeUriComponent(data.account ||', '(data.account ||'],
    ['every event is sent', "KNOWN_NAMES.indexOf(name) >= 0 ? {eventType: ''} : undefined", "({eventType: ''})"],
    [
      'consent is made of silence',
      'if (isThere(data.adUserData) || isThere(data.adStorage))',
      "state.ad_storage = 'granted';",
    ],
    ['the answer of another server is logged', "!== 'object') return '';", "!== 'object') return text;"],
    ['the permission to send is missing', '"publicId": "send_http"', '"publicId": "get_cookies"'],
  ])('fail where %s', (_, line, broken) => {
    expect(TAG_TEXT.split(line).length).toBeGreaterThan(1);
    expect(failuresOf(readTemplate(TAG_TEXT.replace(line, broken))).length).toBeGreaterThan(0);
  });
});

describe("the template's language", () => {
  const methods = ['parse', 'stringify', 'then', 'gtmOnSuccess', 'gtmOnFailure'];

  it('is what the sandbox runs', () => {
    expect(faultsOfLanguage(TAG.code, { globals: ['require', 'data'], methods })).toEqual([]);
    const inTests = { globals: ['require', ...TEST_APIS], methods: [...methods, ...ASSERTIONS] };
    for (const { code } of TAG.scenarios) expect(faultsOfLanguage(`${TAG.setup}\n{${code}\n}`, inTests)).toEqual([]);
  });

  it.each([
    ['new Date();', ['NewExpression', 'global Date']],
    ['try { data(); } catch (error) { data(); }', ['TryStatement', 'CatchClause', 'global error']],
    ['class Tag {}', ['ClassDeclaration', 'ClassBody', 'global Tag']],
    ['const isMail = /@/;', ['regular expression']],
    ['this.sent = 1;', ['ThisExpression']],
    ["data.startsWith('a');", ['method startsWith']],
    ['window.location;', ['global window']],
    ['const { a } = data;', ['ObjectPattern', 'short property', 'global a']],
    ['const list = [...data];', ['SpreadElement']],
    ['const name = data?.name ?? 1;', ['ChainExpression', 'MemberExpression: too new', 'operator ??']],
    ['const text = `${data}`;', ['TemplateLiteral', 'TemplateElement']],
    ['async () => await data;', ['ArrowFunctionExpression: too new', 'AwaitExpression']],
  ])('%s is not', (code, faults) => {
    expect(faultsOfLanguage(code, { globals: ['data'], methods: [] }).toSorted()).toEqual(faults.toSorted());
  });

  it('has no method or global in the stand-in that the sandbox lacks', () => {
    const [scenario] = TAG.scenarios;
    for (const code of ["'a'.startsWith('a');", '[1].includes(1);', 'Date.now();', "require('fetch');"]) {
      expect(() => runScenario(TAG, { name: scenario?.name ?? '', code })).toThrow(
        /is not a function|is not defined|no API/,
      );
    }
  });
});

describe("the template's permissions", () => {
  it('are those of the APIs that it requires, and no others', () => {
    const needed = required.flatMap((api) => API_PERMISSIONS[api] ?? []);
    expect(TAG.permissions.map(({ instance }) => instance.key.publicId).toSorted()).toEqual(needed.toSorted());
  });

  it('are granted whole: every field of the event, any URL, and the log of a published container', () => {
    const granted = TAG.permissions.map(({ instance }) =>
      instance.param.map(({ key, value }) => `${key} ${value.string}`),
    );
    expect(granted.flat()).toEqual(['eventDataAccess any', 'allowedUrls any', 'environments all']);
  });

  it('every API that is required is used', () => {
    for (const api of required) expect(TAG.code.split(new RegExp(`\\b${api}\\b`)).length).toBeGreaterThan(3);
  });
});

describe("the template's fields", () => {
  const parameters = parametersOf(TAG.parameters);

  it('are those that its code reads', () => {
    const read = new Set([...TAG.code.matchAll(/\bdata\.(?!gtmOn)(\w+)/g)].map(([, field = '']) => field));
    const own = parameters.filter(({ type }) => type !== 'GROUP').map(({ name }) => name);
    const columns = TAG.parameters.concat(TAG.parameters.flatMap(({ subParams = [] }) => subParams));
    const inTables = new Set(
      columns.flatMap(({ simpleTableColumns = [] }) => simpleTableColumns.map(({ name }) => name)),
    );
    expect([...read].toSorted()).toEqual(own.filter((name) => !inTables.has(name)).toSorted());
  });

  it('do not copy the key with the tag', () => {
    expect(parameters.find(({ name }) => name === 'apiKey')).toMatchObject({ clearOnCopy: true });
  });

  it('offer every event type that the intake takes', () => {
    const types = parameters.find(({ name }) => name === 'eventType')?.selectItems?.map(({ value }) => value);
    expect(types?.toSorted()).toEqual(['', ...EVENT_TYPES].toSorted());
  });

  it('know the names that the intake knows', () => {
    const names = [...(GA4.fields.eventType?.note ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    expect(listOf('KNOWN_NAMES').toSorted()).toEqual(names.toSorted());
    const { help = '' } = TAG.parameters.find(({ name }) => name === 'events') as { help?: string };
    for (const name of names) expect(help).toContain(name);
  });

  it('every field of the event that the intake reads is sent', () => {
    const places = Object.values(GA4.fields).flatMap(({ from }) => from.map(({ path }) => path));
    const fields = new Set([...places, 'event_id', 'user_data'].map((path) => path.split('.')[0] ?? ''));
    // The name of an event in a browser's data layer; what is read nowhere.
    for (const field of ['event', '']) fields.delete(field);
    expect(listOf('SENT_FIELDS').toSorted()).toEqual([...fields].toSorted());
  });
});

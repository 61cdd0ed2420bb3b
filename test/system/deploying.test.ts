// Real: the files with which an operator starts the forwarder, compared with the settings, commands and scripts that
// they name. No container engine is needed: whether images exist and start is not tested here.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/settings/config.js';
import { SECRET_SETTINGS, settingsSchema } from '../../src/settings/settings-schema.js';
import { readCompose } from '../support/compose.js';
import { Program, run, runNode } from '../support/program.js';
import { ROOT } from '../support/scratch.js';
import { until } from '../support/world.js';

const compose = readCompose();
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

// The official schema: test/vectors/compose-spec/SOURCE.md. ajv does not know its dialect by that URL.
const { $schema: _dialect, ...schema }: Record<string, unknown> = JSON.parse(
  readFileSync(join(ROOT, 'test', 'vectors', 'compose-spec', 'schema.json'), 'utf8'),
);
const isCompose = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false }).compile(schema);

/** The errors by the specification. */
function faultsOf(file: unknown): string[] {
  isCompose(file);
  return (isCompose.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Checks that `node dist/cli.js …` starts an existing command. */
async function expectCommand(words: readonly string[]): Promise<void> {
  const at = words.indexOf('dist/cli.js');
  const [node, ...flags] = words.slice(0, at);
  const [command = '', ...options] = words.slice(at + 1);
  expect(node).toBe('node');
  // Node prints "bad option" and exits with 9 for an unknown option.
  expect(spawnSync(process.execPath, [...flags, '--version']).status).toBe(0);
  const { code, stdout } = await run([command, '--help'], {});
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`Usage: capi-forwarder ${command} `) });
  for (const option of options.filter((word) => word.startsWith('--'))) expect(stdout).toContain(option);
}

describe('docker-compose.yml', () => {
  it('has the services that operations.md speaks of', () => {
    expect(Object.keys(compose.services).toSorted()).toEqual(
      ['alertmanager', 'console', 'grafana', 'intake', 'prometheus', 'redis', 'sandbox', 'worker'].toSorted(),
    );
    expect(ours.map(([name]) => name)).toEqual(['worker', 'intake', 'console', 'sandbox']);
  });

  it('is what the Compose Specification allows', () => {
    expect(faultsOf(compose)).toEqual([]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a misspelt key', { healthchek: {} }],
    ['a condition that there is not', { depends_on: { redis: { condition: 'healthy' } } }],
    ['a port that is none', { ports: [{ target: {} }] }],
    ['a list where a text belongs', { image: ['redis'] }],
  ])('the schema sees %s', (_, fault) => {
    const worker = { ...compose.services['worker'], ...fault };
    expect(faultsOf({ ...compose, services: { ...compose.services, worker } })).not.toEqual([]);
  });

  it.each(services)(
    '%s is guarded: health, loopback, no capabilities, nothing to write to but what it needs',
    (_, service) => {
      expect(service.healthcheck?.test[0]).toMatch(/^CMD(-SHELL)?$/);
      expect(service.healthcheck?.retries).toBeGreaterThan(0);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      expect(service).toMatchObject({
        init: true,
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        pids_limit: expect.any(Number),
        logging: { options: { 'max-size': expect.any(String), 'max-file': expect.any(String) } },
      });
      expect(service.image).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+(-\w+)?$/);
      for (const volume of service.volumes ?? []) {
        const [from = ''] = volume.split(':');
        if (!from.startsWith('.')) expect(Object.keys(compose.volumes)).toContain(from);
        else {
          expect(volume).toMatch(/:ro$/);
          expect(existsSync(join(ROOT, from)), from).toBe(true);
        }
      }
      for (const network of service.networks ?? [])
        expect(['default', ...Object.keys(compose.networks)]).toContain(network);
    },
  );

  it.each([
    // CVE-2025-49844: a script could run code in the server.
    ['redis', [7, 2, 11]],
    // Older release lines get no fixes any more.
    ['prometheus', [3, 13, 0]],
    ['grafana', [12, 4, 0]],
    ['alertmanager', [0, 34, 0]],
  ])('%s is of a line that gets fixes, %j or newer', (name, [major = 0, minor = 0, patch = 0]) => {
    const version =
      /:v?(\d+)\.(\d+)\.(\d+)/
        .exec(compose.services[name]?.image ?? '')
        ?.slice(1)
        .map(Number) ?? [];
    const [is, least] = [version, [major, minor, patch]].map((parts) =>
      parts.reduce((sum, part) => sum * 1000 + part, 0),
    );
    expect(is).toBeGreaterThanOrEqual(least ?? 0);
  });

  it('pins no digest that nobody has looked up', () => {
    expect(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8') + dockerfile).not.toMatch(/@sha256:[0-9a-f]{8}/);
  });

  it.each(services)(
    'what %s depends on is there, healthy first, and starts without a profile of its own',
    (_, service) => {
      for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
        const target = compose.services[name];
        expect(target, name).toBeDefined();
        expect(condition).toBe('service_healthy');
        if (service.profiles === undefined) expect(target?.profiles).toBeUndefined();
      }
    },
  );

  it('no two services want the same port of the machine', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
    expect(new Set(published).size).toBe(published.length);
  });

  it('only what is built here reaches Redis', () => {
    const near = services.filter(([, { networks = [] }]) => networks.includes('redis')).map(([name]) => name);
    expect(near.toSorted()).toEqual(['console', 'intake', 'redis', 'worker']);
  });

  it.each(ours)(
    '%s has time to stop, names settings that there are, and a command that there is',
    async (_, service) => {
      const { SHUTDOWN_TIMEOUT_MS: shutdownMs } = loadSettings({});
      const graceSeconds = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1]);
      expect(graceSeconds * 1000).toBeGreaterThan(shutdownMs);
      const known = [...Object.keys(settingsSchema.shape), ...SECRET_SETTINGS.map((name) => `${name}_FILE`)];
      for (const [name, value] of Object.entries(service.environment ?? {})) {
        expect(known).toContain(name);
        // A secret in the environment is visible to everybody who may inspect the container.
        expect(SECRET_SETTINGS).not.toContain(name);
        if (name.endsWith('_FILE')) expect(service.secrets).toContain(value.replace('/run/secrets/', ''));
      }
      await expectCommand(service.command ?? []);
    },
  );

  it('every secret is a file in secrets/, declared and used, and never committed', () => {
    const used = new Set(services.flatMap(([, { secrets = [] }]) => secrets));
    expect([...used].toSorted()).toEqual(Object.keys(compose.secrets).toSorted());
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`./secrets/${name}`);
    expect(readFileSync(join(ROOT, 'secrets', '.gitignore'), 'utf8')).toMatch(/^\*$/m);
  });
});

describe('Dockerfile', () => {
  const runtime = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  const execForm = (keyword: string): string[] =>
    JSON.parse(new RegExp(`^ *${keyword} (\\[.*\\])$`, 'gm').exec(runtime)?.[1] ?? '[]');

  it('runs as an ordinary user, in production, with files owned by root', () => {
    expect(/^USER (.*)$/m.exec(runtime)?.[1]).toBe('node');
    expect(runtime).toMatch(/^ENV NODE_ENV=production$/m);
    expect(runtime).not.toMatch(/--chown|chmod/);
    expect(runtime.indexOf('\nUSER ')).toBeGreaterThan(runtime.lastIndexOf('\nCOPY '));
  });

  it('starts node itself, so that SIGTERM reaches the program', async () => {
    const [, start] = [...runtime.matchAll(/^(?: +)?CMD (\[.*\])$/gm)].map(([, form = '[]']) => JSON.parse(form));
    expect(start).not.toContain('npm');
    await expectCommand(start);
  });

  it('asks /livez in exec form: healthy where it answers, not where nothing listens', async () => {
    const [node, flag, code = ''] = execForm('CMD');
    expect([node, flag]).toEqual(['node', '-e']);
    expect(code).toContain('/livez');
    const server = createServer((request, answer) => answer.writeHead(request.url === '/livez' ? 200 : 404).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const environment = { METRICS_PORT: String(typeof address === 'object' ? address?.port : '') };
    expect(await runNode(['-e', code], environment)).toMatchObject({ code: 0, stderr: '' });
    server.close();
    await once(server, 'close');
    expect(await runNode(['-e', code], environment)).toMatchObject({ code: 1, stderr: '' });
  });

  it('copies what there is, and .dockerignore lets it through', () => {
    const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(allowed).toContain('*');
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    expect(copies).toContain('src');
    for (const path of copies) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(allowed).toContain(`!${path}`);
    }
  });
});

it('runs where no file can be written and no process started, as the container’s read-only file system has it', async () => {
  // Node's own permission model stands in for the engine's.
  const guard = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  const options = `${guard} --allow-fs-read=* --no-warnings`;
  const write = ['-e', "require('node:fs').writeFileSync(require('node:os').tmpdir() + '/capi-test', '')"];
  expect(await runNode(write, { NODE_OPTIONS: options })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('ERR_ACCESS_DENIED'),
  });
  const environment = {
    REDIS_URL: process.env['REDIS_URL'] ?? '',
    AMAZON_ADS_PROFILE_ID: '1',
    LWA_CLIENT_ID: 'client',
    LWA_CLIENT_SECRET: 'secret',
    LWA_REFRESH_TOKEN: 'refresh',
    NODE_OPTIONS: options,
  };
  for (const command of ['worker', 'intake']) {
    const program = await Program.start(command, [], environment);
    await until(async () => expect((await fetch(`${program.address('metrics')}/readyz`)).status).toBe(200));
    expect(await program.end('SIGTERM')).toBe(0);
  }
}, 60_000);

it('redis/users.acl gives every command that a script of the installed BullMQ or of ours calls', () => {
  const acl = readFileSync(join(ROOT, 'redis', 'users.acl'), 'utf8').replace(/^\s*#.*$/gm, '');
  const given = new Set(acl.split(/\s+/).filter((word) => word.startsWith('+')));
  const scripts = ['node_modules/bullmq/dist/cjs/scripts', 'src'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.[jt]s$/.test(file))
      .map((file) => readFileSync(join(ROOT, folder, file), 'utf8')),
  );
  const called = new Set(
    scripts.flatMap((text) =>
      [...text.matchAll(/\b(?:rcall|redis\.p?call)\(\s*["'](\w+)["']/g)].map(
        ([, name = '']) => `+${name.toLowerCase()}`,
      ),
    ),
  );
  expect(called.size).toBeGreaterThan(40);
  expect([...called].filter((command) => !given.has(command))).toEqual([]);
});

// Real: the tarball of `npm pack`, unpacked into a separate project; Node and the compiler as its users run them.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runNode } from '../support/program.js';
import { compile, ROOT, Scratch } from '../support/scratch.js';

const execute = promisify(execFile);
const NAME = 'amazon-capi-forwarder';
const LARGEST_FILE_BYTES = 200_000;
const LARGEST_PACKAGE_BYTES = 1_000_000;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly hashes: readonly unknown[];
  readonly licenses: readonly unknown[];
}

interface Manifest {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly scripts: Record<string, string>;
}

const manifest: Manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

async function pack(...args: string[]): Promise<Packed> {
  const { stdout } = await execute('npm', ['pack', '--json', '--ignore-scripts', ...args], { cwd: ROOT });
  const [packed]: Packed[] = JSON.parse(stdout);
  if (!packed) throw new Error('npm packed nothing');
  return packed;
}

describe('packing', () => {
  it('holds what a user needs and nothing else', async () => {
    const { files, size } = await pack('--dry-run');
    const paths = files.map(({ path }) => path);
    const belongs =
      /^(dist\/[\w/-]+(\.d\.ts|\.js)|dist\/console\/assets\/[\w-]+\.(css|svg)|examples\/[\w/-]+\.(ts|mjs|md|html|php)|integrations\/[\w/-]+\.tpl|[A-Z]+(\.md)?|package\.json|\.env\.example)$/;
    expect(paths.filter((path) => !belongs.test(path))).toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining([
        'dist/index.js',
        'dist/index.d.ts',
        'dist/cli.js',
        'README.md',
        'CHANGELOG.md',
        'LICENSE',
      ]),
    );
    expect(paths.filter((path) => /^test\/|\.test\.|\.map$|tsbuildinfo/.test(path))).toEqual([]);
    expect(files.filter((file) => file.size > LARGEST_FILE_BYTES)).toEqual([]);
    expect(size).toBeLessThan(LARGEST_PACKAGE_BYTES);
  });

  it('runs nothing when it is installed', () => {
    const installing = /^((pre|post)?(install|prepare)|prepublish)$/;
    expect(Object.keys(manifest.scripts).filter((name) => installing.test(name))).toEqual([]);
  });

  it('`npm run sbom` lists what is shipped, all of it and nothing else, with digest and licence', async () => {
    const { stdout } = await execute(process.execPath, [join(ROOT, 'scripts', 'sbom.mjs')], { cwd: ROOT });
    const bom: { bomFormat: string; components: Component[] } = JSON.parse(stdout);
    expect(bom.bomFormat).toBe('CycloneDX');
    const lock: { packages: Record<string, { version: string; dev?: boolean }> } = JSON.parse(
      readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
    );
    const shipped = Object.entries(lock.packages)
      .filter(([path, { dev }]) => path !== '' && !dev)
      .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`);
    expect(shipped.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
    expect(new Set(bom.components.map(({ name, version }) => `${name}@${version}`))).toEqual(new Set(shipped));
    for (const { name, hashes, licenses } of bom.components) {
      expect([name, hashes.length, licenses.length]).toEqual([name, 1, 1]);
    }
  });

  it('publint reports nothing', async () => {
    const { stdout } = await execute(join(ROOT, 'node_modules', '.bin', 'publint'), ['--strict'], { cwd: ROOT });
    expect(stdout).toContain('All good!');
  });

  it('its types resolve wherever ES modules are imported', async () => {
    using scratch = Scratch.outside();
    const { filename } = await pack('--pack-destination', scratch.folder);
    const attw = join(ROOT, 'node_modules', '.bin', 'attw');
    const { stdout } = await execute(attw, [scratch.path(filename), '--profile', 'esm-only', '--format', 'json']);
    const { analysis }: { analysis: { packageName: string; problems: { resolutionKind?: string }[] } } =
      JSON.parse(stdout);
    expect(analysis.packageName).toBe(NAME);
    // The profile excludes CommonJS, which can only `import()` an ES module.
    expect(analysis.problems.filter(({ resolutionKind }) => !/^node(10|16-cjs)$/.test(resolutionKind ?? ''))).toEqual(
      [],
    );
  });
});

describe('installing', () => {
  let project: Scratch;
  const installed = (...parts: string[]) => project.path('node_modules', NAME, ...parts);

  beforeAll(async () => {
    project = Scratch.outside();
    const { filename } = await pack('--pack-destination', project.folder);
    mkdirSync(installed(), { recursive: true });
    await execute('tar', ['-xzf', project.path(filename), '-C', installed(), '--strip-components', '1']);
    // What npm would fetch, from our own folder: only the declared dependencies.
    for (const dependency of Object.keys(manifest.dependencies)) link(dependency);
    // And what a TypeScript project for Node has of its own.
    link('@types/node');
    writeFileSync(project.path('package.json'), JSON.stringify({ type: 'module' }));
  });
  afterAll(() => project[Symbol.dispose]());

  function link(dependency: string): void {
    const place = project.path('node_modules', dependency);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', dependency), place, 'dir');
  }

  it('is imported by a plain ES module, which then ends by itself', async () => {
    writeFileSync(
      project.path('shop.js'),
      `import { createProducer, hashMatchKey, mapPayload, SOURCES } from '${NAME}';
       const producer = createProducer({ redisUrl: 'redis://127.0.0.1:1' });
       await producer.close();
       console.log(JSON.stringify([SOURCES.length, hashMatchKey('EMAIL', '', 'US', 'standard') ?? 'none', typeof mapPayload]));`,
    );
    expect(await runNode([project.path('shop.js')])).toEqual({
      code: 0,
      stdout: '[7,"none","function"]\n',
      stderr: '',
    });
  });

  it('its command runs as the shell would start it', async () => {
    const command = installed('dist', 'cli.js');
    expect(readFileSync(command, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(command).mode & 0o111).toBe(0o111);
    expect(statSync(join(ROOT, 'dist', 'cli.js')).mode & 0o111).toBe(0o111);
    const { stdout } = await execute(command, ['--version']);
    expect(stdout.trim()).toBe(manifest.version);
  });

  // Strict about declarations too, ours and those of dependencies: no skipLibCheck.
  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('compiles in a project of module %s with resolution %s', async (module, moduleResolution) => {
    writeFileSync(
      project.path('shop.ts'),
      `import { createProducer, type EventDraft, type Order, type Producer, RefusedError } from '${NAME}';
       const producer: Producer = createProducer({ defaultCountry: 'US' });
       export async function forward(order: Order): Promise<string | undefined> {
         try {
           const [event] = await producer.enqueue(order, { source: 'order' });
           return event?.clientDedupeId;
         } catch (error) {
           if (error instanceof RefusedError) return error.issues.map(({ path }) => path).join();
           throw error;
         }
       }
       export const lead: Pick<EventDraft, 'eventType'> = { eventType: 'LEAD' };
       export async function scoped(): Promise<void> {
         await using other = createProducer();
         await other.enqueueMany([{ id: 1 }], { source: 'shopify' });
       }`,
    );
    const options = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2022', '--types', 'node'];
    const modules = ['--module', module, '--moduleResolution', moduleResolution];
    expect(await compile(project.path('shop.ts'), '--ignoreConfig', ...options, ...modules)).toBe('');
  });

  it('lets no type and no code of the program’s own parts into the library', () => {
    const imported = (entry: string, extension: string) => {
      const packages = new Set<string>();
      const files = [installed('dist', entry)];
      for (const file of files) {
        const from = /(?:\bfrom|\bimport\s*\(?)\s*['"]([^'"]+)['"]/g;
        for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(from)) {
          const found = resolve(dirname(file), specifier.replace(/\.js$/, extension));
          if (!specifier.startsWith('.')) packages.add(specifier);
          else if (!files.includes(found)) files.push(found);
        }
      }
      packages.delete(NAME);
      return [...packages].filter((name) => !name.startsWith('node:')).toSorted((a, b) => a.localeCompare(b));
    };
    expect(imported('index.d.ts', '.d.ts')).toEqual(['zod']);
    expect(imported('index.js', '.js')).toEqual(['bullmq', 'ioredis', 'libphonenumber-js/max', 'zod']);
  });
});

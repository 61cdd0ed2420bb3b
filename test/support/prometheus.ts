/** A real Prometheus on the loopback address, with its data in a temporary folder; and promtool. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { freePort } from '../../scripts/redis.mjs';
import { ROOT } from './scratch.js';
import { until } from './world.js';

const NEEDED = ['prometheus', 'promtool'];

/** Prints it, and fails if REQUIRE_PROMETHEUS is set: skipped tests must not look like passed ones. */
export function isWithoutPrometheus(): boolean {
  const missing = NEEDED.filter(isWithout);
  if (missing.length === 0) return false;
  const advice = `${missing.join(' and ')} not on the PATH: apt-get install prometheus, or https://prometheus.io/download`;
  if (process.env['REQUIRE_PROMETHEUS']) throw new Error(advice);
  process.stderr.write(`\nSkipping what needs Prometheus (REQUIRE_PROMETHEUS=1 makes that fail): ${advice}\n`);
  return true;
}

/** Whether there is no such program here. */
export function isWithout(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0;
}

/** @returns promtool's output and its exit code */
export function promtool(args: readonly string[], input = ''): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: ROOT, input, encoding: 'utf8' });
  return { code: status, output: `${stdout}${stderr}` };
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

interface Matrix {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [time: number, value: string])[];
}

interface Answer<T> {
  readonly status: string;
  readonly warnings?: readonly string[];
  readonly error?: string;
  readonly data: T;
}

export class Prometheus {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #url: string;

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child;
    this.#folder = folder;
    this.#url = url;
  }

  /**
   * Scrapes the jobs every second and evaluates the rules. Resolves when ready. @param jobs base URLs of the targets by
   * job name
   */
  static async start(
    jobs: Readonly<Record<string, readonly string[]>>,
    ruleFiles: readonly string[],
  ): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'capi-prometheus-'));
    const scraped = Object.entries(jobs).map(([name, urls]) => ({
      job_name: name,
      static_configs: [{ targets: urls.map((url) => new URL(url).host) }],
    }));
    const seconds = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
    const config = {
      global: seconds,
      rule_files: ruleFiles.map((file) => hasten(file, folder)),
      scrape_configs: scraped,
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    // It accepts 0 too, but would not tell which port it got.
    const address = `127.0.0.1:${await freePort()}`;
    const args = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ];
    const child = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const prometheus = new Prometheus(child, folder, `http://${address}`);
    try {
      await until(async () => {
        if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
        const { status } = await fetch(`http://${address}/-/ready`);
        if (status !== 200) throw new Error(`prometheus is not ready: ${status}`);
      });
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
    return prometheus;
  }

  /** The series of a query over the last seconds, one point each `stepSeconds`. */
  async queryRange(query: string, { seconds, stepSeconds }: { seconds: number; stepSeconds: number }) {
    const end = Date.now() / 1000;
    const range = { start: String(end - seconds), end: String(end), step: String(stepSeconds) };
    const { result } = await this.get<{ result: Matrix[] }>('query_range', { query, ...range });
    return result;
  }

  /** The samples of an instant query. Throws if Prometheus refuses it or warns. */
  async query(query: string): Promise<readonly Sample[]> {
    const { result } = await this.get<{ result: Sample[] }>('query', { query });
    return result;
  }

  async get<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const { status, warnings = [], error, data } = (await response.json()) as Answer<T>;
    if (status !== 'success' || warnings.length > 0) {
      throw new Error(`${parameters['query'] ?? path}: ${error ?? warnings.join('; ')}`);
    }
    return data;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A copy of the rules with short intervals: a group of five minutes might never run in a test. */
function hasten(file: string, folder: string): string {
  const copy = join(folder, basename(file));
  writeFileSync(copy, readFileSync(file, 'utf8').replaceAll(/^ *interval: .+\n/gm, ''));
  return copy;
}

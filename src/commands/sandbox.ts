/** `capi-forwarder sandbox`: a local stand-in for Amazon. */
import type { Command } from 'commander';
import { Sandbox } from '../sandbox/sandbox.js';
import { createLogger } from '../telemetry/log.js';
import { wholeNumberIn } from './arguments.js';
import { runAction } from './runtime.js';
import { type Service, serve } from './service.js';

interface SandboxSwitches {
  readonly host: string;
  readonly port: number;
  readonly tokenTtl: number;
  readonly refreshTokenTtl: number;
  readonly indexBase: number;
}

export function addSandboxCommand(program: Command): void {
  program
    .command('sandbox')
    .description('a local stand-in for Amazon: token endpoint, both wires, faults on demand (docs/sandbox.md)')
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on, 0 for a free one', wholeNumberIn(0, 65_535), 9090)
    .option('--token-ttl <seconds>', 'how long a token lives', wholeNumberIn(1), 3600)
    .option(
      '--refresh-token-ttl <seconds>',
      'how long a refresh token lives that authorize got',
      wholeNumberIn(1),
      31_536_000,
    )
    .option('--index-base <base>', 'where indexes of events-manager-v1 answers start, 0 or 1', wholeNumberIn(0, 1), 1)
    .action((options: SandboxSwitches) =>
      runAction(async () => {
        const sandbox = new Sandbox({
          host: options.host,
          port: options.port,
          tokenTtlSeconds: options.tokenTtl,
          refreshTtlSeconds: options.refreshTokenTtl,
          indexBase: options.indexBase === 0 ? 0 : 1,
        });
        const service: Service = {
          listens: { host: ['--host', options.host], port: ['--port', options.port] },
          start: () => sandbox.start(),
          stop: () => sandbox.stop(),
        };
        await serve('sandbox', { sandbox: service }, createLogger('info', 'sandbox'));
      }),
    );
}

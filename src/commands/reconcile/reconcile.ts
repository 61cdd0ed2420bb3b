/**
 * `capi-forwarder reconcile shopify|woocommerce|stripe`: asks the shop for its orders, and enqueues the missing ones.
 */
import { Argument, type Command, Option } from 'commander';
import { WEBHOOK_PLATFORMS, type WebhookPlatform } from '../../settings/webhook-senders.js';
import { duration, oneOf } from '../arguments.js';
import { customerOptions } from '../mapping-options.js';
import { runAction } from '../runtime.js';
import { runOnce } from './once.js';
import type { ReconcileOptions } from './options.js';
import { runService } from './service.js';

const SINCE = '48h';

export function addReconcileCommand(program: Command): void {
  const command = program
    .command('reconcile')
    .description('compare a shop’s orders with what was delivered, and enqueue those whose webhook never came')
    .addArgument(
      new Argument('<shop>', 'whose API to ask').choices(WEBHOOK_PLATFORMS).argParser(oneOf(WEBHOOK_PLATFORMS)),
    )
    .addOption(
      new Option('--since <time>', 'look at orders that changed in this time, such as 12h or 7d')
        .argParser(duration)
        .default(duration(SINCE), SINCE),
    )
    .option('--account <name>', 'only this account (default: every account that has such a shop)')
    .option(
      '--every <time>',
      'keep running and repeat at this interval, such as 15m, from where it last ended',
      duration,
    )
    .option('--dry-run', 'only count: nothing is enqueued, and nothing is remembered')
    .option('--json', 'print a line of JSON a pass and account')
    .addHelpText('after', '\nSettings and rights of each shop: docs/reconcile.md')
    .action((shop: WebhookPlatform, options: ReconcileOptions) =>
      runAction(() => (options.every === undefined ? runOnce(shop, options) : runService(shop, options))),
    );
  for (const option of customerOptions()) command.addOption(option);
}

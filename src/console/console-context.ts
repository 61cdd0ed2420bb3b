/** The parts of the console that its routes share. */
import type { DataSet } from '../amazon/wires/wire.js';
import { type HttpLimits } from '../http/limits.js';
import type { MappingContext } from '../mapping/context.js';
import type { RedisConnection } from '../redis/connect.js';
import type { WireName } from '../settings/account-entry.js';
import type { Logger } from '../telemetry/log.js';
import type { AccountConsoles } from './account-consoles.js';
import type { AccountsWatch } from './accounts-watch.js';
import type { ConsoleToken } from './tokens.js';

export interface ConsoleOptions {
  readonly host: string;
  readonly port: number;
  /** The current tokens. None at the start: no sign-in, and access from this machine only. */
  readonly tokens: () => readonly ConsoleToken[];
  /** The current accounts. */
  readonly accounts: () => readonly string[];
  readonly wireOf: (account: string) => WireName;
  /** The account's data set at Amazon, for the preview of the request. */
  readonly dataSetOf?: (account: string) => DataSet | undefined;
  readonly contextOf: (account: string, nowMs: number) => MappingContext;
  /** A `prompt` connection, for pages. */
  readonly connection: RedisConnection;
  /** A `patient` connection, for running operations. */
  readonly patient: RedisConnection;
  readonly log: Logger;
  readonly limits?: HttpLimits;
}

/** What the routes need. */
export interface ConsoleContext extends ConsoleOptions {
  readonly watch: AccountsWatch;
  readonly accountConsoles: AccountConsoles;
}

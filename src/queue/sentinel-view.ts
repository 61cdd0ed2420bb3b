/**
 * What the Sentinels know about replicas and a master alone cannot tell: whether a missing replica is dead, or was promoted while
 * the old master continues.
 *
 * A process that begins to write in the middle of a planned failover, or that has just reconnected, has not seen a replica leave.
 * The Sentinels have: until they announce the new master they count it as a replica of the old one.
 */
import { Redis, type RedisOptions } from 'ioredis';

const ANSWER_WITHIN_MS = 500;
/** Calls within this time share an answer. */
const GOOD_FOR_MS = 250;

export interface ReplicasSeen {
  /** Replicas that are up, and followed the master when last asked: one that was promoted since is among them. */
  readonly following: number;
  /** Replicas that are up. */
  readonly up: number;
  /** A Sentinel is about to promote another master. */
  readonly isFailingOver: boolean;
  /** A replica that is up says that it is a master itself: the next one, or a former one that does not know yet. */
  readonly hasOtherMaster: boolean;
  /** When the replicas that are up were last asked, by performance.now(); the oldest of these times. */
  readonly askedAtMs: number;
}

type SentinelOptions = Pick<
  RedisOptions,
  'sentinels' | 'name' | 'sentinelUsername' | 'sentinelPassword' | 'enableTLSForSentinelMode' | 'sentinelTLS'
>;

export class SentinelView {
  readonly #options: SentinelOptions;
  /** The Sentinel that answered last is asked first. */
  #first = 0;
  #asked: { readonly atMs: number; readonly answer: Promise<ReplicasSeen | undefined> } | undefined;

  /** @param options of a connection through Sentinels */
  constructor(options: SentinelOptions) {
    this.#options = options;
  }

  /** @returns undefined if no Sentinel answers in time */
  look(): Promise<ReplicasSeen | undefined> {
    const nowMs = performance.now();
    if (!this.#asked || nowMs - this.#asked.atMs > GOOD_FOR_MS) this.#asked = { atMs: nowMs, answer: this.#look() };
    return this.#asked.answer;
  }

  async #look(): Promise<ReplicasSeen | undefined> {
    const { sentinels = [] } = this.#options;
    for (let tried = 0; tried < sentinels.length; tried += 1) {
      const place = (this.#first + tried) % sentinels.length;
      const seen = await this.#ask(sentinels[place] ?? {});
      if (!seen) continue;
      this.#first = place;
      return seen;
    }
    return undefined;
  }

  async #ask(address: { readonly host?: string; readonly port?: number }): Promise<ReplicasSeen | undefined> {
    const { name = '', sentinelUsername, sentinelPassword, enableTLSForSentinelMode, sentinelTLS } = this.#options;
    const sentinel = new Redis({
      ...address,
      ...(sentinelUsername !== undefined && { username: sentinelUsername }),
      ...(sentinelPassword !== undefined && { password: sentinelPassword }),
      ...(enableTLSForSentinelMode && { tls: sentinelTLS ?? {} }),
      retryStrategy: null,
      enableReadyCheck: false,
      connectTimeout: ANSWER_WITHIN_MS,
      commandTimeout: ANSWER_WITHIN_MS,
    });
    sentinel.on('error', () => undefined);
    try {
      const [master, replicas] = await Promise.all([
        sentinel.call('SENTINEL', 'MASTER', name),
        sentinel.call('SENTINEL', 'REPLICAS', name),
      ]);
      return readReplicas(master, replicas, performance.now());
    } catch {
      // Down, or its ACL forbids the question: another Sentinel may answer.
      return undefined;
    } finally {
      sentinel.disconnect();
    }
  }
}

/** @param replicas fields and values of each, in turn */
export function readReplicas(master: unknown, replicas: unknown, nowMs: number): ReplicasSeen {
  const up = (Array.isArray(replicas) ? replicas : []).map(factsOf).filter((facts) => !DOWN.test(flagsOf(facts)));
  const ages = up.map((facts) => Number(facts.get('info-refresh') ?? 0));
  return {
    following: up.filter((facts) => facts.get('master-link-status') === 'ok').length,
    up: up.length,
    isFailingOver: flagsOf(factsOf(master)).includes('failover_in_progress'),
    hasOtherMaster: up.some((facts) => facts.get('role-reported') === 'master'),
    askedAtMs: nowMs - Math.max(0, ...ages),
  };
}

const DOWN = /\b(s_down|o_down|disconnected)\b/;

function flagsOf(facts: ReadonlyMap<string, string>): string {
  return facts.get('flags') ?? '';
}

function factsOf(reply: unknown): Map<string, string> {
  const texts = Array.isArray(reply) ? reply.map(String) : [];
  const facts = new Map<string, string>();
  for (let at = 0; at + 1 < texts.length; at += 2) facts.set(texts[at] ?? '', texts[at + 1] ?? '');
  return facts;
}

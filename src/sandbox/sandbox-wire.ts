/** What tells the sandbox's wires apart. */
export interface SandboxWire {
  readonly root: 'eventData' | 'events';
  readonly contentTypes: readonly string[];
  /** Names of the headers that carry the client id and the profile or advertiser. */
  readonly clientHeader: string;
  readonly accountHeader: string;
  readonly indexBase: number;
  readonly maxAgeDays: number;
  readonly isDescribed: boolean;
}

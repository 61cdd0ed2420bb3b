/** The differences between the sandbox's wires. */
export interface SandboxWire {
  readonly root: 'eventData' | 'events';
  readonly contentTypes: readonly string[];
  /** Names of the headers for the client id and the profile or advertiser. */
  readonly clientHeader: string;
  readonly accountHeader: string;
  readonly indexBase: number;
  readonly maxAgeDays: number;
  readonly isDescribed: boolean;
}

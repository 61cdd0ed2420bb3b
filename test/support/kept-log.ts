/** A log that keeps its lines. */
import type { Logger } from '../../src/telemetry/log.js';

export class KeptLog implements Logger {
  readonly lines: { readonly level: keyof Logger; readonly event: string; readonly fields: object }[] = [];

  debug(event: string, fields: object = {}): void {
    this.lines.push({ level: 'debug', event, fields });
  }

  info(event: string, fields: object = {}): void {
    this.lines.push({ level: 'info', event, fields });
  }

  warn(event: string, fields: object = {}): void {
    this.lines.push({ level: 'warn', event, fields });
  }

  error(event: string, fields: object = {}): void {
    this.lines.push({ level: 'error', event, fields });
  }
}

/**
 * How all rivals send: undici's pool with keep-alive, the fastest client for Node, one request at a time per
 * connection, as HTTP/1.1 to Amazon would be. The token never expires, so none of them refreshes one.
 */
import { Pool } from 'undici';

export interface RivalConfig {
  readonly redisUrl: string;
  readonly sinkUrl: string;
}

export interface Answer {
  readonly success: readonly { readonly index: number }[];
  readonly error: readonly { readonly index: number }[];
}

export type Post = (body: string) => Promise<Answer>;

export function openPost(sinkUrl: string, connections: number): Post {
  const pool = new Pool(sinkUrl, { connections, pipelining: 1 });
  const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer token' };
  return async (body) => {
    const response = await pool.request({ method: 'POST', path: '/events/v1/conversions', headers, body });
    const text = await response.body.text();
    if (response.statusCode !== 207) throw new Error(`status ${response.statusCode}`);
    return JSON.parse(text) as Answer;
  };
}

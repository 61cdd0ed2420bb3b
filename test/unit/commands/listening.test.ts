// Real: sockets on loopback.
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ListenError, listenErrorOf, listenOnFreePort } from '../../../src/commands/listening.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

async function listen(port: number, host = '127.0.0.1'): Promise<string> {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  servers.push(server);
  const address = server.address();
  return typeof address === 'object' ? String(address?.port) : '';
}

const settings = (host: string, port: number | undefined) =>
  ({ host: ['CONSOLE_HOST', host], port: ['CONSOLE_PORT', port] }) as const;

describe('telling why an address cannot be had', () => {
  it('names setting and value of a port that is in use', async () => {
    const port = Number(await listen(0));
    const error = await listen(port).catch((caught: unknown) => listenErrorOf(caught, settings('127.0.0.1', port)));
    expect(error).toBeInstanceOf(ListenError);
    expect(String(error)).toContain(`CONSOLE_PORT=${port} is in use on 127.0.0.1`);
  });

  it.each([
    ['192.0.2.1', 'CONSOLE_HOST=192.0.2.1 is no address of this machine'],
    ['fe80::1', 'CONSOLE_HOST=fe80::1 cannot be listened on'],
    ['name.invalid', /CONSOLE_HOST=name\.invalid (is not known|cannot be looked up)/],
  ])('names setting and value of the address %s', async (host, text) => {
    const error = await listen(0, host).catch((caught: unknown) => listenErrorOf(caught, settings(host, 0)));
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({ message: expect.stringMatching(text) });
  });

  it('names setting and value of a port that is the administrator’s', () => {
    const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    expect(listenErrorOf(denied, settings('127.0.0.1', 80))?.message).toContain('CONSOLE_PORT=80 needs rights');
  });

  it('leaves every other failure as it is', () => {
    expect(listenErrorOf(Object.assign(new Error('x'), { code: 'EPIPE' }), settings('127.0.0.1', 1))).toBeUndefined();
    expect(listenErrorOf('x', settings('127.0.0.1', 1))).toBeUndefined();
  });
});

describe('finding a free port', () => {
  it('takes the first that is free, leaving out what this process needs otherwise', async () => {
    const first = Number(await listen(0));
    // Other programs may use some of the ports above.
    const tryFrom = async (needed: readonly number[]) => {
      const tried: number[] = [];
      const tryPort = (port: number) => {
        tried.push(port);
        return listen(port);
      };
      const found = Number(await listenOnFreePort(first, needed, tryPort));
      expect(found).toBe(tried.at(-1));
      return tried;
    };
    expect((await tryFrom([first + 1])).slice(0, 2)).toEqual([first, first + 2]);
    expect((await tryFrom([])).slice(0, 2)).toEqual([first, first + 1]);
  });

  it('gives two that look at once a port each', async () => {
    const first = Number(await listen(0));
    const ports = await Promise.all([1, 2, 3].map(() => listenOnFreePort(first, [], (port) => listen(port))));
    expect(new Set(ports).size).toBe(3);
  });

  it('gives up at once where not the port is the trouble', async () => {
    const tried: number[] = [];
    const listenNowhere = (port: number) => {
      tried.push(port);
      return listen(port, '192.0.2.1');
    };
    await expect(listenOnFreePort(9464, [], listenNowhere)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    expect(tried).toEqual([9464]);
  });
});

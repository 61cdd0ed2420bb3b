import { expect, it } from 'vitest';
import { describeError } from '../../../src/telemetry/describe-error.js';
import { forbiddenCommandOf, redisCodeOf } from '../../../src/telemetry/redis-error.js';

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

it.each([
  ['READONLY You can’t write against a read only replica.', 'READONLY'],
  ['OOM command not allowed when used memory > maxmemory. script: 1f, on @user_script:8.', 'OOM'],
  ['ERR Error running script (call to f_1f): @user_script:8: @user_script: 8: -READONLY You can’t write', 'READONLY'],
  ['ERR The user executing the script can’t run this command or subcommand script', undefined],
  ["ERR The user executing the script can't run this command or subcommand script", 'NOPERM'],
  ["NOPERM this user has no permissions to run the 'cluster|slots' command", 'NOPERM'],
  ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS'],
  ['ERR value is not an integer or out of range', undefined],
])('the code of Redis’s answer %s is %s', (message, code) => {
  expect(redisCodeOf(replyError(message))).toBe(code);
});

it.each([
  ['Connection is closed.', 'CONNECTION_CLOSED'],
  ['Cluster is ended.', 'CONNECTION_CLOSED'],
  ['Command timed out', 'COMMAND_TIMEOUT'],
  ['Socket timeout. Expecting data, but didn’t receive any in 8000ms.', 'SOCKET_TIMEOUT'],
  ['All sentinels are unreachable. Retrying from scratch after 10ms.', 'SENTINELS_UNREACHABLE'],
  [
    'All sentinels are unreachable. Retrying from scratch after 10ms. Last error: NOAUTH HELLO must be called',
    'NOAUTH',
  ],
  ['Too many Cluster redirections. Last error: ReplyError: CLUSTERDOWN The cluster is down', 'CLUSTERDOWN'],
  ['Too many Cluster redirections. Last error: Error: Connection is closed.', 'TOO_MANY_REDIRECTIONS'],
  ['order of CANARY Jane could not be read', undefined],
])('the client’s %s is %s', (message, code) => {
  expect(redisCodeOf(new Error(message))).toBe(code);
});

it('a Cluster’s failure is described with what its last node said', () => {
  const nodes = Object.assign(new Error('Failed to refresh slots cache.'), {
    name: 'ClusterAllFailedError',
    lastNodeError: replyError("NOPERM this user has no permissions to run the 'cluster|slots' command"),
  });
  expect(describeError(nodes)).toMatchObject({ name: 'ClusterAllFailedError', cause: { code: 'NOPERM' } });
});

it.each([
  ["NOPERM this user has no permissions to run the 'cluster|slots' command", 'cluster|slots'],
  ["NOPERM User capi has no permissions to run the 'wait' command", 'wait'],
  ['NOPERM this user has no permissions to access one of the keys used as arguments', undefined],
])('the command that %s forbids is %s', (message, command) => {
  expect(forbiddenCommandOf(replyError(message))).toBe(command);
});

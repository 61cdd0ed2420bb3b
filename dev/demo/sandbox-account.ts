/** An account of ACCOUNTS_FILE whose Amazon is the sandbox. */
export function sandboxAccount(name: string, sandboxUrl: string): object {
  return {
    name,
    endpoint: sandboxUrl,
    tokenUrl: `${sandboxUrl}/auth/o2/token`,
    profileId: '1234567890',
    clientId: 'amzn1.application-oa2-client.demo',
    clientSecret: 'demo-secret',
    refreshToken: 'Atzr|demo',
  };
}

/** When an account's refresh token expires, shown once a person should act. */
import type { AccountState } from '../../queue/account-state.js';
import { daysUntil, nearnessOf } from '../../settings/consent-end.js';
import { plural } from '../format.js';
import { Badge } from './components.js';

/** Empty while the token is valid for more than a month. */
export function TokenEnd({ token, nowMs }: { token: AccountState['refreshToken']; nowMs: number }) {
  if (token?.endsAtMs === undefined) return null;
  const nearness = nearnessOf(token.endsAtMs, nowMs);
  if (nearness === 'far') return null;
  const days = daysUntil(token.endsAtMs, nowMs);
  const end = nearness === 'over' ? 'refresh token has ended' : `refresh token ends in ${plural(days, 'day')}`;
  return (
    <span class="gate">
      <Badge tone={nearness === 'soon' ? 'warn' : 'bad'}>{end}</Badge>
      <small>
        {token.isGuess && 'a guess, by the day it was first seen; '}
        renew: <code>capi-forwarder authorize</code>
      </small>
    </span>
  );
}

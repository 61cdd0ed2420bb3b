/**
 * The profiles that a token may act for: Amazon's credential probe (`GET /v2/profiles`).
 *
 * It changes nothing at Amazon and costs no quota of the conversions endpoints. Profile ids can exceed 2^53, so they are read as
 * text. Never throws, and never returns Amazon's text, only its status.
 */
import { request } from 'undici';
import { z } from 'zod';
import { parseJson } from '../mapping/json.js';
import { failureOf, readResponse } from './client.js';

export type ProfilesResult =
  | { readonly kind: 'profiles'; readonly ids: readonly string[] }
  /** Amazon answered, but without a list of profiles. */
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'failed'; readonly reason: 'timeout' | 'network'; readonly code: string };

const PATH = '/v2/profiles';
const profilesSchema = z.array(z.object({ profileId: z.union([z.string(), z.number()]).transform(String) }));

export async function listProfiles(
  endpoint: string,
  { clientId, token }: { readonly clientId: string; readonly token: string },
  timeoutMs: number,
): Promise<ProfilesResult> {
  try {
    const response = await request(`${endpoint}${PATH}`, {
      headers: {
        Authorization: `Bearer ${token}`,
        'Amazon-Advertising-API-ClientId': clientId,
        Accept: 'application/json',
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { status, body } = await readResponse(response);
    const profiles = profilesSchema.safeParse(status === 200 ? jsonOf(body) : undefined);
    if (!profiles.success) return { kind: 'refused', status };
    return { kind: 'profiles', ids: profiles.data.map(({ profileId }) => profileId) };
  } catch (error) {
    const { reason, code } = failureOf(error);
    return { kind: 'failed', reason, code };
  }
}

function jsonOf(text: string | undefined): unknown {
  try {
    return parseJson(String(text));
  } catch {
    // A page of some proxy, or bytes that cannot be decoded: the schema rejects it.
    return undefined;
  }
}

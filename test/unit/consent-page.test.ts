// The code of docs/consent.md and its examples: the theme's script runs in a stand-in for a shop's page, the hook is
// compared with our names.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { CONSENT_COUNTRIES } from '../../src/mapping/consent-rule.js';
import { eventOf, shopify, woo } from '../support/field-payloads.js';
import { ROOT } from '../support/scratch.js';

const page = readFileSync(join(ROOT, 'docs', 'consent.md'), 'utf8');
const exampleOf = (path: string) => readFileSync(join(ROOT, 'examples', path), 'utf8');
const CODE = {
  theme: exampleOf('shopify-theme/consent.html'),
  hook: exampleOf('woocommerce-hook/consent.php'),
  session: /^```js\n(.*?)^```$/ms.exec(page)?.[1] ?? '',
};

type TcfListener = (data: { tcString?: string } | undefined, isSuccess: boolean) => void;

/** A page of the shop: what it posts to the cart, and how the visitor answers. */
function openPage(hasTcf: boolean) {
  const carts: { url: string; attributes: Record<string, string> }[] = [];
  const visitor = { marketing: false, sale: true };
  let onConsent = () => {};
  let onTcf: TcfListener = () => undefined;
  const window = {
    Shopify: {
      routes: { root: '/de/' },
      customerPrivacy: { marketingAllowed: () => visitor.marketing, saleOfDataAllowed: () => visitor.sale },
      loadFeatures: (_features: unknown, done: (error?: unknown) => void) => done(),
    },
    ...(hasTcf && {
      __tcfapi: (_command: string, _version: number, listener: TcfListener) => {
        onTcf = listener;
      },
    }),
  };
  const document = {
    addEventListener: (name: string, listener: () => void) => {
      expect(name).toBe('visitorConsentCollected');
      onConsent = listener;
    },
  };
  const fetch = (url: string, { body }: { body: string }) => {
    carts.push({ url, ...(JSON.parse(body) as { attributes: Record<string, string> }) });
  };
  runInNewContext(CODE.theme.replace(/<\/?script>/g, ''), { window, document, fetch });
  const notes = () => Object.entries(carts.at(-1)?.attributes ?? {}).map(([name, value]) => ({ name, value }));
  return {
    carts,
    answer: (marketing: boolean, sale = true) => {
      Object.assign(visitor, { marketing, sale });
      onConsent();
    },
    answerTcf: (tcString: string | undefined, isSuccess: boolean) =>
      onTcf(tcString === undefined ? undefined : { tcString }, isSuccess),
    event: () => eventOf('shopify', shopify({ note_attributes: notes() }), { isConsentRequired: true }),
  };
}

describe('the code of docs/consent.md', () => {
  it('writes a denial before the visitor chose, and the choice after it', () => {
    const shop = openPage(false);
    expect(shop.event()).toMatchObject({
      consent: { amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'DENIED' } },
    });
    shop.answer(true);
    expect(shop.event().consent).toEqual({ amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } });
    expect(shop.event()).not.toHaveProperty('dataProcessingOptions');
    shop.answer(true, false);
    expect(shop.event()).toMatchObject({ dataProcessingOptions: ['LIMITED_DATA_USE'] });
    expect(shop.carts.map(({ url }) => url)).toEqual(Array.from({ length: 3 }, () => '/de/cart/update.js'));
    // The same answer again sends no request.
    shop.answer(true, false);
    expect(shop.carts).toHaveLength(3);
  });

  it('adds the TC string once the banner has one', () => {
    const shop = openPage(true);
    shop.answerTcf(undefined, false);
    expect(shop.event().consent).not.toHaveProperty('tcf');
    shop.answerTcf('CPXxRfAPXxRfA', true);
    expect(shop.event().consent).toMatchObject({ tcf: 'CPXxRfAPXxRfA' });
  });

  it('writes in WooCommerce what is read there', () => {
    const written = [...CODE.hook.matchAll(/update_meta_data\( '(\w+)', \$(\w+) \)/g)];
    const eventWith = (values: Readonly<Record<string, string>>) => {
      const meta_data = written.map(([, key, value = ''], id) => ({ id, key, value: values[value] }));
      return eventOf('woocommerce', woo({ meta_data }), { isConsentRequired: true });
    };
    expect(eventWith({ signal: 'granted', tcf: 'CPXxRfAPXxRfA', opt_out: 'true' })).toMatchObject({
      consent: { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' }, tcf: 'CPXxRfAPXxRfA' },
      dataProcessingOptions: ['LIMITED_DATA_USE'],
    });
    const event = eventWith({ signal: 'denied', tcf: '', opt_out: 'false' });
    expect(event.consent).toEqual({ amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'DENIED' } });
    expect(event).not.toHaveProperty('dataProcessingOptions');
  });

  it('asks in WooCommerce whether there is a banner: without one the WP Consent API says yes', () => {
    expect(CODE.hook).toMatch(/&& wp_get_consent_type\(\);[^;]+\$asked && wp_has_consent\(/);
  });

  it('is short enough to be read', () => {
    for (const [what, code] of Object.entries(CODE)) {
      const lines = code.trim().split('\n').length;
      expect(lines, what).toBeGreaterThan(5);
      expect(lines, what).toBeLessThanOrEqual(35);
    }
  });

  it('counts the countries right', () => {
    expect(CONSENT_COUNTRIES.size).toBe(27 + 4);
  });
});

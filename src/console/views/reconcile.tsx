/**
 * Reconcile: what each shop of an account sold by day, compared with what arrived here.
 */
import type { ComponentChildren } from 'preact';
import { SOURCE_NAMES } from '../../coverage/words.js';
import { type DayCounts, type ReconciledShop, sumOf } from '../../reconcile/read-reconciles.js';
import { countText, plural } from '../format.js';
import type { PageContext } from '../page-context.js';
import { Badge, Empty, Section, Time } from './components.js';
import { Layout, Live } from './layout.js';

/** The same limit as in the alert CapiWebhooksLost. */
const LOST_SHARE_MAX = 0.01;
const LOST_LEAST = 3;

interface ReconcileProps {
  readonly page: PageContext;
  readonly account: string;
  readonly shops: readonly ReconciledShop[];
}

export function ReconcilePage({ page, account, shops }: ReconcileProps) {
  const missing = shops.reduce((sum, { days }) => sum + sumOf(days).missing, 0);
  return (
    <Layout
      page={page}
      title="Reconcile"
      section="reconcile"
      account={account}
      status={missing === 0 ? 'no order is missing' : `${plural(missing, 'order')} missing`}
    >
      <h1>
        Reconcile <small>of {account}</small>
      </h1>
      <p class="note">
        What the shops sold on each of the last 31 days (UTC), and what became of it here. <em>Missing</em> orders never
        came; a reconcile enqueues them. <em>Lost</em>: both together, as a share of the orders.
      </p>
      <Live page={page} id="shops" seconds={15}>
        {shops.length === 0 ? (
          <Empty title="No shop of this account was reconciled yet.">
            <p>
              <code>capi-forwarder reconcile shopify --since 48h</code>
            </p>
          </Empty>
        ) : (
          <div class="columns sources">
            {shops.map((shop) => (
              <Shop key={shop.source} shop={shop} nowMs={page.nowMs} />
            ))}
          </div>
        )}
      </Live>
    </Layout>
  );
}

function Shop({ shop: { source, ranAtMs, days }, nowMs }: { shop: ReconciledShop; nowMs: number }) {
  return (
    <Section id={`shop-${source}`} title={SOURCE_NAMES[source]}>
      <p>
        {ranAtMs === undefined ? (
          'No pass has ended yet'
        ) : (
          <>
            Last pass ended <Time ms={ranAtMs} nowMs={nowMs} />
          </>
        )}
      </p>
      {days.length === 0 ? (
        <p class="faint">No orders in the last 31 days.</p>
      ) : (
        <table class="by-day">
          <caption class="visually-hidden">Orders of {SOURCE_NAMES[source]} by day</caption>
          <thead>
            <tr>
              <th scope="col">Day</th>
              {HEADS.map((head) => (
                <th key={head} scope="col" class="num">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <Row key={day.day} name={day.day} counts={day} />
            ))}
          </tbody>
          {days.length > 1 && (
            <tbody class="sum">
              <Row name="All" counts={sumOf(days)} />
            </tbody>
          )}
        </table>
      )}
    </Section>
  );
}

const HEADS = ['Orders', 'Arrived', 'Refused', 'Missing', 'Enqueued', 'Lost'] as const;

function Row({ name, counts }: { name: string; counts: DayCounts }) {
  const { orders, arrived, refused, missing, enqueued } = counts;
  const lost = missing + enqueued;
  const isBad = lost >= LOST_LEAST && lost / orders > LOST_SHARE_MAX;
  const cells: Readonly<Record<(typeof HEADS)[number], ComponentChildren>> = {
    Orders: <strong>{countText(orders)}</strong>,
    Arrived: <Faint value={arrived} />,
    Refused: <Faint value={refused} />,
    Missing: missing === 0 ? <Faint value={0} /> : <Badge tone="warn">{countText(missing)}</Badge>,
    Enqueued: <Faint value={enqueued} />,
    Lost: isBad ? <Badge tone="bad">{shareText(lost, orders)}</Badge> : shareText(lost, orders),
  };
  return (
    <tr>
      <th scope="row">{name}</th>
      {HEADS.map((head) => (
        <td key={head} class="num" data-label={head}>
          {cells[head]}
        </td>
      ))}
    </tr>
  );
}

/** A 0 is shown in a faint colour. */
function Faint({ value }: { value: number }) {
  return <span class={value === 0 ? 'faint' : undefined}>{countText(value)}</span>;
}

/** `0 %`, `0.4 %`, `12 %`: the share of webhooks. */
function shareText(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  if (percent === 0) return '0 %';
  return percent < 0.1 ? '<0.1 %' : `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

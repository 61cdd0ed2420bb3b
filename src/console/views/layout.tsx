/**
 * The frame of every page: head, navigation, status, and the parts that reload by themselves.
 *
 * No page has inline scripts or styles: the content security policy forbids both.
 */
import type { ComponentChildren } from 'preact';
import { ASSETS } from '../assets.js';
import type { PageContext } from '../page-context.js';

const HTMX_CONFIG = JSON.stringify({
  allowEval: false,
  allowScriptTags: false,
  attributesToSettle: ['class'],
  historyEnabled: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
});

type Section = 'overview' | 'letters' | 'operations' | 'history' | 'coverage' | 'reconcile' | 'find';

interface LayoutProps {
  readonly page: PageContext;
  readonly title: string;
  readonly section?: Section | undefined;
  /** The account that the page is about. */
  readonly account?: string | undefined;
  /** Announced by screen readers when it changes. */
  readonly status?: string | undefined;
  /** The text of the search field. */
  readonly searched?: string | undefined;
  readonly children: ComponentChildren;
}

export function Layout({ page, title, section, account, status, searched, children }: LayoutProps) {
  return (
    <html lang="en" data-theme={page.theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <title>{`${title} · CAPI forwarder`}</title>
        <link rel="icon" href={ASSETS.icon.path} />
        <link rel="stylesheet" href={ASSETS.style.path} integrity={ASSETS.style.integrity} />
        <script src={ASSETS.htmx.path} integrity={ASSETS.htmx.integrity} defer />
        <script src={ASSETS.script.path} integrity={ASSETS.script.integrity} defer />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="bar">
          <a class="brand" href="/">
            <img src={ASSETS.icon.path} alt="" width="24" height="24" />
            <span>CAPI forwarder</span>
          </a>
          {page.user && <Navigation page={page} section={section} account={account} />}
          {page.user && <Search searched={searched} />}
          <Tools page={page} />
        </header>
        {page.user && account !== undefined && page.accounts.length > 1 && (
          <AccountChoice accounts={page.accounts} account={account} section={section} />
        )}
        <p id="offline" class="notice bad" role="alert" hidden>
          The console does not answer: what you see may be old. It goes on by itself when it is back.
        </p>
        <main id="main" tabIndex={-1}>
          {children}
        </main>
        <div id="status" class="visually-hidden" role="status">
          {status}
        </div>
      </body>
    </html>
  );
}

/** Accepts any id of an order or event. */
function Search({ searched }: { searched: string | undefined }) {
  return (
    <form class="search" role="search" method="get" action="/find">
      <label class="visually-hidden" for="find">
        Order or event id
      </label>
      <input
        id="find"
        name="id"
        type="search"
        value={searched}
        placeholder="Order or event id"
        maxLength={256}
        required
      />
      <button class="quiet">Find</button>
    </form>
  );
}

function Navigation({
  page,
  section,
  account = page.accounts[0] ?? '',
}: Pick<LayoutProps, 'page' | 'section' | 'account'>) {
  const links: [Section, string, string][] = [
    ['overview', '/', 'Overview'],
    ['letters', `/accounts/${account}/letters`, 'Dead letters'],
    ['operations', `/accounts/${account}/operations`, 'Operations'],
    ['history', `/accounts/${account}/history`, 'History'],
    ['coverage', `/accounts/${account}/coverage`, 'Coverage'],
  ];
  if (page.reconciled.has(account)) links.push(['reconcile', `/accounts/${account}/reconcile`, 'Reconcile']);
  return (
    <nav class="sections" aria-label="Sections">
      <ul>
        {links.map(([name, href, text]) => (
          <li key={name}>
            <a href={href} aria-current={name === section ? 'page' : undefined}>
              {text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** More would fill the screen. The overview lists them all. */
const ACCOUNTS_IN_A_ROW = 25;

function AccountChoice({
  accounts,
  account,
  section = 'letters',
}: {
  accounts: readonly string[];
  account: string;
  section?: Section | undefined;
}) {
  if (accounts.length > ACCOUNTS_IN_A_ROW) {
    return (
      <nav class="accounts" aria-label="Accounts">
        <a href="/">{accounts.length} accounts</a> <strong>{account}</strong>
      </nav>
    );
  }
  return (
    <nav class="accounts" aria-label="Accounts">
      <ul>
        {accounts.map((name) => (
          <li key={name}>
            <a href={`/accounts/${name}/${section}`} aria-current={name === account ? 'true' : undefined}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const THEME_TEXTS = { auto: 'as the system', light: 'light', dark: 'dark' } as const;
const NEXT_THEME = { auto: 'dark', dark: 'light', light: 'auto' } as const;

function Tools({ page }: { page: PageContext }) {
  const next = NEXT_THEME[page.theme];
  return (
    <div class="tools">
      {page.user && (
        <button id="pause" class="quiet js-only" type="button" aria-pressed="false">
          Pause<span class="wide-only"> updates</span>
        </button>
      )}
      <form method="post" action="/theme">
        <Hidden page={page} />
        <button
          class="quiet"
          name="theme"
          value={next}
          title={`Colours: ${THEME_TEXTS[page.theme]}; change to ${THEME_TEXTS[next]}`}
        >
          <span aria-hidden="true">{page.theme === 'dark' ? '☾' : page.theme === 'light' ? '☀' : '◐'}</span>
          <span class="visually-hidden">{`Colours ${THEME_TEXTS[page.theme]}, change to ${THEME_TEXTS[next]}`}</span>
        </button>
      </form>
      {page.user && (
        <form method="post" action="/sign-out" class="who">
          <Hidden page={page} />
          <span title={`signed in as ${page.user.role}`}>
            {page.user.name} <small class="wide-only">{page.user.role}</small>
          </span>
          {page.user.isSignedIn && <button class="quiet">Sign out</button>}
        </form>
      )}
    </div>
  );
}

/** The fields of every form that is posted. */
export function Hidden({ page }: { page: PageContext }) {
  return (
    <>
      <input type="hidden" name="_csrf" value={page.csrf} />
      <input type="hidden" name="back" value={page.path} />
    </>
  );
}

/**
 * A part of a page that is reloaded at intervals: it requests its own page and takes its own part of it. If `seconds`
 * is undefined, it is not reloaded.
 */
export function Live({
  page,
  id,
  seconds,
  children,
}: {
  page: PageContext;
  id: string;
  seconds: number | undefined;
  children: ComponentChildren;
}) {
  if (seconds === undefined) return <div id={id}>{children}</div>;
  return (
    <div
      id={id}
      data-live
      hx-get={page.path}
      hx-trigger={`every ${seconds}s`}
      hx-select={`#${id}`}
      hx-select-oob="#status:innerHTML"
      hx-swap="outerHTML"
      hx-sync="this:drop"
    >
      {children}
    </div>
  );
}

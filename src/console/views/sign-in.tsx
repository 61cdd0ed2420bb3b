/** The sign-in page, and the error page. */
import type { PageContext } from '../page-context.js';
import { Notice } from './components.js';
import { Layout } from './layout.js';

export function SignInPage({ page, back, fault }: { page: PageContext; back: string; fault?: string | undefined }) {
  return (
    <Layout page={page} title="Sign in">
      <div class="narrow card">
        <h1>Sign in</h1>
        {fault !== undefined && (
          <p id="fault" class="notice bad" role="alert">
            {fault}
          </p>
        )}
        <form method="post" action="/sign-in" class="stack">
          <input type="hidden" name="_csrf" value={page.csrf} />
          <input type="hidden" name="back" value={back} />
          <label for="token">Token</label>
          <input
            id="token"
            name="token"
            type="password"
            autoComplete="current-password"
            required
            autoFocus
            aria-invalid={fault === undefined ? undefined : true}
            aria-describedby={fault === undefined ? 'token-help' : 'fault token-help'}
          />
          <p id="token-help" class="note">
            One of those in <code>CONSOLE_TOKEN</code>. You stay signed in for 12 hours.
          </p>
          <button class="primary">Sign in</button>
        </form>
      </div>
    </Layout>
  );
}

export function FaultPage({ page, title, message }: { page: PageContext; title: string; message: string }) {
  return (
    <Layout page={page} title={title} status={title}>
      <div class="narrow card">
        <h1>{title}</h1>
        <Notice tone="bad">{message}</Notice>
        <p>
          <a href="/">Back to the overview</a>
        </p>
      </div>
    </Layout>
  );
}

/*
 * What the pages do beyond HTML: polling without disturbing the reader, choosing all rows, copying. Every page works
 * without it, but must be reloaded to show changes.
 *
 * Never: own state beyond this page. Everything it shows came from the server.
 */
const root = document.documentElement;
root.classList.add('js');

const byId = (id) => document.getElementById(id);

/* --- polls: none while the page is hidden, while text is selected or typed, or while updates are paused --- */

const pause = byId('pause');
let isPaused = false;

pause?.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.setAttribute('aria-pressed', String(isPaused));
});

const isPoll = (event) => event.detail.elt?.hasAttribute('data-live');

function isBusyIn(place) {
  const marked = getSelection();
  if (marked && !marked.isCollapsed && place.contains(marked.anchorNode)) return true;
  const field = document.activeElement;
  return place.contains(field) && field.matches('textarea, select, input:not([type="checkbox"])');
}

document.addEventListener('htmx:beforeRequest', (event) => {
  if (isPoll(event) && (isPaused || document.hidden || isBusyIn(event.detail.elt))) event.preventDefault();
});

let opened = [];

document.addEventListener('htmx:beforeSwap', (event) => {
  const place = event.detail.target;
  if (isPoll(event) && isBusyIn(place)) event.detail.shouldSwap = false;
  opened = [...place.querySelectorAll('details[id]')].map(({ id, open }) => [id, open]);
});

document.addEventListener('htmx:afterSwap', () => {
  for (const [id, isOpen] of opened) byId(id)?.toggleAttribute('open', isOpen);
  countChosen();
});

/* A repeated status must not be read out again. */
document.addEventListener('htmx:oobBeforeSwap', (event) => {
  const { target, fragment } = event.detail;
  if (target.textContent === fragment.textContent) event.detail.shouldSwap = false;
});

/* --- the console itself may be down --- */

const offline = byId('offline');
const setOffline = (isOffline) => offline?.toggleAttribute('hidden', !isOffline);
document.addEventListener('htmx:sendError', () => setOffline(true));
document.addEventListener('htmx:responseError', () => setOffline(true));
document.addEventListener('htmx:beforeOnLoad', (event) => setOffline(event.detail.xhr.status >= 400));

/* --- a narrow screen shows the letters first; a filter with a fault stays visible --- */

if (matchMedia('(max-width: 62rem)').matches) {
  if (!document.querySelector('#filters [aria-invalid]')) byId('filters')?.removeAttribute('open');
  byId('causes')?.removeAttribute('open');
}

/* --- choosing rows --- */

const rows = () => [...document.querySelectorAll('input[type="checkbox"][name="id"]')];

function countChosen() {
  const all = byId('choose-all');
  if (!all) return;
  const boxes = rows();
  const chosen = boxes.filter(({ checked }) => checked).length;
  all.checked = chosen > 0 && chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
  const text = chosen === 0 ? 'None chosen' : `${chosen} chosen`;
  const counter = byId('chosen');
  if (counter && counter.textContent !== text) counter.textContent = text;
}

document.addEventListener('change', ({ target }) => {
  if (target.id === 'choose-all') for (const box of rows()) box.checked = target.checked;
  if (target.matches('#choose-all, input[name="id"]')) countChosen();
});

/* Browsers restore ticks after going back. */
addEventListener('pageshow', countChosen);

/* --- with a maximum: the button says how many it would send back --- */

const doReplay = document.querySelector('button[data-able]');
byId('max')?.addEventListener('input', ({ target }) => {
  const able = Number(doReplay.dataset.able);
  const count = Math.min(able, Number(target.value) || able);
  doReplay.textContent = `Replay ${count.toLocaleString('en-US')} ${count === 1 ? 'letter' : 'letters'}`;
});

/* --- copying --- */

document.addEventListener('click', ({ target }) => {
  const button = target.closest?.('button[data-copy]');
  if (!button) return;
  const tell = (isCopied) => {
    byId('status').textContent = isCopied ? 'Copied' : 'The browser does not allow copying here';
    button.classList.toggle('copied', isCopied);
    setTimeout(() => button.classList.remove('copied'), 1500);
  };
  // Outside TLS and loopback browsers have no clipboard.
  if (!navigator.clipboard) return tell(false);
  navigator.clipboard.writeText(button.dataset.copy).then(
    () => tell(true),
    () => tell(false),
  );
});

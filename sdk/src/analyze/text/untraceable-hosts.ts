/** Kinds of places where anybody puts up anything without a name, and takes it away again. */
const KINDS: readonly (readonly [RegExp, UntraceableHost['kind'], string])[] = [
  [
    /^(?!127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.|100\.)(?:\d{1,3}\.){3}\d{1,3}$/,
    'drop',
    'a bare address',
  ],
  [
    /(?:^|\.)(?:pastebin\.com|rentry\.(?:co|org)|glot\.io|hastebin\.com|dpaste\.(?:com|org)|ghostbin\.(?:com|co)|paste\.(?:ee|rs|gg)|controlc\.com|justpaste\.it|privatebin\.(?:net|info)|telegra\.ph|0bin\.net|pastes\.io)$/,
    'drop',
    'a page for notes without a name',
  ],
  [
    /(?:^|\.)(?:bit\.ly|tinyurl\.com|t\.co|is\.gd|cutt\.ly|rb\.gy|shorturl\.at|goo\.gl|ow\.ly|t\.ly|s\.id|v\.gd|rebrand\.ly|tiny\.cc|lnkd\.in)$/,
    'drop',
    'a shortened address',
  ],
  [
    /(?:^|\.)(?:mega\.nz|mediafire\.com|wetransfer\.com|we\.tl|transfer\.sh|gofile\.io|anonfiles\.com|file\.io|catbox\.moe|sendspace\.com|4shared\.com|pixeldrain\.com|krakenfiles\.com|workupload\.com|zippyshare\.com|discordapp\.(?:com|net)|drive\.google\.com|dropboxusercontent\.com|dropbox\.com|temp\.sh|0x0\.st|bashupload\.com)$/,
    'drop',
    'a store for files of anybody',
  ],
  [
    /(?:^|\.)(?:ngrok(?:-free)?\.(?:app|dev|io)|trycloudflare\.com|loca\.lt|localhost\.run|serveo\.net|duckdns\.org|ddns\.net|hopto\.org|zapto\.org|sytes\.net|no-ip\.\w+)$/,
    'drop',
    'a tunnel to some machine',
  ],
  [
    /\.(?:vercel\.app|netlify\.app|pages\.dev|workers\.dev|github\.io|gitlab\.io|web\.app|firebaseapp\.com|onrender\.com|herokuapp\.com|glitch\.me|repl\.co|replit\.app|surge\.sh|fly\.dev|up\.railway\.app|blogspot\.com|weebly\.com|wixsite\.com|notion\.site|000webhostapp\.com|r2\.dev|webflow\.io|carrd\.co|lovable\.app|framer\.website|deno\.dev|azurewebsites\.net|appspot\.com)$/,
    'hosting',
    'a page that anybody gets for free',
  ],
];

/** Hosts that many people share: whose page it is stands in the first part of the path. */
const SHARED =
  /^(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|sourceforge\.net|raw\.githubusercontent\.com|gist\.githubusercontent\.com|gist\.github\.com)$/;

export interface UntraceableHost {
  /** `drop`: for one file or one text. `hosting`: for a whole site. */
  readonly kind: 'drop' | 'hosting';
  readonly words: string;
}

/** What kind of place an `http(s):` address leads to, when nobody stands for it by name; else null. */
export function untraceableHost(url: string): UntraceableHost | null {
  const { host } = partsOf(url);
  const found = KINDS.find(([pattern]) => pattern.test(host));
  return found === undefined ? null : { kind: found[1], words: found[2] };
}

/**
 * True when the maker of a page is named in a text: the host’s own name, or on a shared host the owner’s, stands in it
 * apart from addresses.
 */
export function isMakerNamed(url: string, text: string): boolean {
  const { host, path } = partsOf(url);
  const labels = host.split('.');
  const maker = SHARED.test(host) ? (path.split('/', 1)[0] ?? '') : (labels.at(-2) ?? '');
  const letters = lettersOf(maker);
  if (letters.length < 3) return false;
  return lettersOf(text.replace(/https?:\/\/[^\s)>\]"'`]{1,500}/gi, ' ')).includes(letters);
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function partsOf(url: string): { host: string; path: string } {
  const match = /^https?:\/\/(?:[^/?#\s@]{0,200}@)?([^/?#\s:]{1,253})(?::\d{1,5})?\/?([^?#\s]{0,400})/i.exec(url);
  return { host: (match?.[1] ?? '').toLowerCase(), path: match?.[2] ?? '' };
}

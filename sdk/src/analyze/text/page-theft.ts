/** Something that a source does as a whole, seen from its words: what it takes, and where it goes. */
export interface TakenFromPage {
  readonly offset: number;
  readonly message: string;
}

interface Kind {
  readonly message: string;
  /** All of these must stand in the source; the first says where. */
  readonly signs: readonly RegExp[];
}

/** A fixed address outside, and something that sends. */
const SENDS = /\b(?:sendBeacon|fetch|XMLHttpRequest|WebSocket|new Image|\.post|\.ajax|\.request)\b/;
const FIXED = /["'`](?:https?|wss?):\/\/(?!localhost|127\.)[\w.-]{3,200}/;

const KINDS: readonly Kind[] = [
  {
    message: 'The cookies of a page are put into an address',
    signs: [
      /(?:\.src\s?=|\.href\s?=|\bfetch\s?\(|\bsendBeacon\s?\(|\bopen\s?\()[^\n;]{0,40}["'`](?:https?:)?\/\/[^\n;]{1,200}\bdocument\.cookie\b/,
    ],
  },
  {
    message: 'What is typed into every form of a page is sent away',
    signs: [
      /(?:querySelectorAll\s?\(\s?["'`]form|\bdocument\.forms\b|getElementsByTagName\s?\(\s?["'`]form)/,
      /\baddEventListener\s?\(\s?["'`](?:submit|blur|change|input)/,
      /\bnew FormData\b|\.elements\b|\.value\b/,
      /\b(?:sendBeacon|WebSocket|new Image|fetch|XMLHttpRequest)\b[^\n]{0,40}["'`](?:https?|wss?):\/\//,
    ],
  },
  {
    message: 'Numbers and codes of cards are read from a page and sent away',
    signs: [
      /\b(?:cc|card)[_-]?(?:num(?:ber)?|no)\b/i,
      /\b(?:\w{0,8}[_-])?(?:cvv2?|cvc2?|csc)\b/i,
      /(?:querySelector|getElementById|getElementsByName|\$\s?\()[^\n]{0,40}(?:cc|card|cvv|cvc)/i,
      /\b(?:WebSocket|sendBeacon|new Image)\b|\.src\s?=/,
      FIXED,
    ],
  },
  {
    message: 'Addresses to pay to are replaced in the clipboard',
    signs: [
      /\b(?:Set-Clipboard|pbcopy|clipboard\.write\w{0,4}|pyperclip\.copy|xclip\s+-i|clip\.exe)\b/i,
      /\b(?:Get-Clipboard|pbpaste|clipboard\.read\w{0,4}|pyperclip\.paste|xclip\s+-o)\b/i,
      /\bbc1[a-z0-9[(|]|\[13\]|\b0x\[?[0-9a-fA-F]|\^?0x\[|\bT\[A-Za-z/,
      /\{\s?\d{2},\s?\d{2}\s?\}|\{40\}|\b(?:bc1[a-z0-9]{15,}|0x[0-9a-fA-F]{40})\b/,
    ],
  },
  {
    message: 'Pictures of the screen are sent away, again and again',
    signs: [
      /["'`]screenshot-desktop["'`]|\bdesktopCapturer\b/,
      /\b(?:setInterval|while\s?\(\s?(?:true|1))/,
      SENDS,
      FIXED,
    ],
  },
  {
    message: 'A home folder is searched for keys, and what is found is sent away',
    signs: [
      /\breaddir(?:Sync)?\b/,
      /\bhomedir\s?\(|\bprocess\.env\.(?:HOME|USERPROFILE)\b/,
      /\.?\(?(?:\w{2,6}\|){1,8}(?:pem|env|kdbx|ppk|wallet|key)\b|["'`]\.(?:pem|kdbx|ppk|wallet)["'`]/,
      /\breadFile(?:Sync)?\b/,
      SENDS,
      FIXED,
      /\bPOST\b|\.post\b|sendBeacon/,
    ],
  },
  {
    message: 'The package publishes itself under other names',
    signs: [
      /\bnpm publish\b/,
      /\.name\s?=[^\n;]{0,80}\bMath\.random\b|\.private\s?=\s?false/,
      /\bwriteFile(?:Sync)?\s?\(\s?["'`][^"'`]{0,40}package\.json/,
    ],
  },
];

/** What a source takes from people and sends somewhere fixed; null when it does nothing of the kind. */
export function takenFromPage(text: string): TakenFromPage | null {
  for (const { message, signs } of KINDS) {
    const [first] = signs;
    const offset = first === undefined ? -1 : text.search(first);
    if (offset >= 0 && signs.every((sign) => sign.test(text))) return { offset, message };
  }
  return null;
}

const HEX = /["'`]((?:[0-9a-f]{2}){8,60})["'`]/gi;
const ADDRESS = /^(?:https?:\/\/)?(?:[a-z0-9-]{1,63}\.){1,5}(?:[a-z]{2,12}|\d{1,3})(?:[:/][\x21-\x7e]{0,200})?$/i;

/** An address that a source spells in hexadecimal numbers and calls. */
export function hiddenAddress(text: string): TakenFromPage | null {
  if (!/\b(?:request|fetch|connect|lookup|get|post|WebSocket)\b/.test(text)) return null;
  for (const { 1: digits = '', index } of text.matchAll(HEX)) {
    const spelled = (digits.match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('');
    if (ADDRESS.test(spelled)) return { offset: index, message: `The address ${spelled} stands here as numbers` };
  }
  return null;
}

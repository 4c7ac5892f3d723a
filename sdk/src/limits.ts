/** Every bound of the product in one table. Bytes unless the name says otherwise; the reason stands above the number. */

/** One upload is held in one buffer of an isolate of 128 MB that it shares with other requests. */
export const ARCHIVE_BYTES_MAX = 16 * 1024 * 1024;
/** MCP Skills (SEP-2640) hosts refuse more. */
export const UNPACKED_BYTES_MAX = 16 * 1024 * 1024;
/** MCP Skills (SEP-2640) hosts refuse more. */
export const FILES_MAX = 512;
/** Folder entries of their own in an archive; they mean nothing, so a generous multiple of the files will do. */
export const FOLDERS_MAX = 4 * FILES_MAX;
/** A hostile archive can have one problem per block; a reader is helped by the first ones. */
export const ARCHIVE_PROBLEMS_MAX = 100;
/** ustar: a prefix of 155 and a name of 100 bytes. */
export const PATH_BYTES_MAX = 255;
/** Headers, padding and folders of the largest package, around its UNPACKED_BYTES_MAX of files. */
export const TAR_OVERHEAD_BYTES_MAX = 2 * 1024 * 1024;
/** No honest text or program deflates better than this; a bomb does. Counted only above RATIO_FLOOR_BYTES. */
export const RATIO_MAX = 200;
export const RATIO_FLOOR_BYTES = 1024 * 1024;
/** A manifest is read by people. */
export const MANIFEST_BYTES_MAX = 256 * 1024;
export const MANIFEST_DEPTH_MAX = 32;
/** Nobody corrects more at once; a text of nothing but mistakes must not become a larger answer. */
export const MANIFEST_ERRORS_MAX = 200;
export const TOOLS_MAX = 64;
export const PARAMETERS_MAX = 64;
/** Agent Skills: characters of a name and of a description. */
export const SKILL_NAME_LENGTH_MAX = 64;
export const DESCRIPTION_LENGTH_MAX = 1024;
/** Characters of the other one-line texts: author, license, the reason of a permission. */
export const LINE_LENGTH_MAX = 256;
/** DNS: characters of a name. */
export const HOST_LENGTH_MAX = 253;
/** Ports of one network permission; who needs more has not thought about which. */
export const PORTS_MAX = 32;
/** What a run gets by default, and how far a manifest may go; only an admin of the platform raises it. */
export const RUN_LIMITS = {
  cpus: { default: 1, min: 0.1, max: 1 },
  memoryMb: { default: 512, min: 16, max: 512 },
  diskMb: { default: 128, min: 1, max: 1024 },
  processes: { default: 50, min: 1, max: 50 },
  lifeSeconds: { default: 300, min: 1, max: 300 },
  callSeconds: { default: 30, min: 1, max: 30 },
} as const;
/** Who runs a dry-run says so at least every third of it; silent for longer, the run is given to somebody else. */
export const DRY_RUN_LEASE_SECONDS = 180;
/** A run that its cluster lost is tried once more; what fails twice is not the cluster's bad luck. */
export const DRY_RUN_TRIES_MAX = 2;
/** A queue that nobody gets to within this time counts as no cluster at all. */
export const DRY_RUN_QUEUED_MINUTES = 15;
/** Tools and cases that one dry-run runs; further ones are named as not run. */
export const DRY_RUN_CASES_MAX = 12;
/** Evidence of one dry-run; a tool that makes more cannot be shown to anybody, and counts as one that hides something. */
export const DRY_RUN_EVIDENCE_BYTES_MAX = 900 * 1024;
/** Members of one list in that evidence. */
export const DRY_RUN_EVIDENCE_MEMBERS_MAX = 4000;
/** Input that a reviewer writes. */
export const DRY_RUN_INPUT_BYTES_MAX = 32 * 1024;
/** Dry-runs of one tenant that wait or run because somebody asked for them. */
export const DRY_RUNS_ASKED_MAX = 20;
/** Dry-runs of one version, all in all. */
export const DRY_RUNS_PER_VERSION_MAX = 50;
/** Findings kept of one dry-run; a reviewer does not read more. */
export const DRY_RUN_FINDINGS_MAX = 100;
/** A cluster that was not heard of for this long runs nothing. */
export const DRY_RUN_SILENT_SECONDS = 120;
/** Skills of one lock file; an agent that reads more finds none of them. */
export const INSTALLED_SKILLS_MAX = 500;
export const PERMISSION_ENTRIES_MAX = 256;

/** A full syntax tree costs about 20 bytes of heap per byte of source (33 for TypeScript). */
export const AST_BYTES_MAX = 2 * 1024 * 1024;
export const TYPESCRIPT_AST_BYTES_MAX = 1_200_000;
/** Larger packages are analysed from the queue, not while the author waits. */
export const ANALYSE_IN_REQUEST_BYTES_MAX = 1024 * 1024;
/** A reviewer does not read more; the report says how many were left out. */
export const FINDINGS_MAX = 1000;

export const PAGE_ROWS_DEFAULT = 50;
export const PAGE_ROWS_MAX = 200;
export const JSON_BODY_BYTES_MAX = 1024 * 1024;

/** Long-poll of the agent; runtime updates give a request 30 s, so it stays well below. */
export const POLL_WAIT_SECONDS = 20;
export const POLL_TIMEOUT_SECONDS = 35;
export const STATE_LIFETIME_HOURS = 24;
export const FULL_STATE_EVERY_SECONDS = 600;
/** A hub object holds the open polls of this many clusters. */
export const CLUSTERS_PER_HUB = 500;
export const JOIN_TOKEN_HOURS = 24;
/** A cluster signs each of its credentials itself, for one request. */
export const CLUSTER_TOKEN_SECONDS = 60;
export const CLOCK_SKEW_SECONDS = 120;
/** Credentials of one cluster that a hub remembers until they expire; an agent makes a few a minute. */
export const CLUSTER_TOKENS_REMEMBERED = 5000;
/** A cluster makes itself another key before this; a stolen copy is worth no longer. */
export const CLUSTER_KEY_DAYS = 30;
/** After that the key before works on for so long: the gateway reads the new one, an agent that was killed ends what it began. */
export const CLUSTER_KEY_OVERLAP_MINUTES = 10;

/** One batch of blocked requests. */
export const BLOCKED_BATCH_MAX = 500;
export const BLOCKED_WINDOW_SECONDS = 10;
/** Keys per tenant and window; a port scan must not evict other tenants. */
export const BLOCKED_KEYS_PER_TENANT_MAX = 1000;
export const OUTBOX_BYTES_MAX = 64 * 1024 * 1024;

/** Proofs read the leaves of the tiles that they touch and one hash of each other tile. */
export const AUDIT_TILE_LEAVES = 256;
/** A checkpoint is signed when so much is new, or so long ago; whoever asks for a proof gets one at once. */
export const CHECKPOINT_EVERY_EVENTS = 1000;
export const CHECKPOINT_EVERY_SECONDS = 60;
/** More is a job of its own; one answer of this size is about 8 MB. */
export const AUDIT_EXPORT_ROWS_MAX = 10_000;
/** Who reads a log leaves one event of it for so long: a page that is looked at often must not fill it. */
export const AUDIT_READ_MINUTES = 10;

export const INVITATION_DAYS = 7;
export const SESSION_DAYS = 7;
export const SESSION_IDLE_HOURS = 24;
export const PASSWORD_LENGTH_MIN = 12;
export const PASSPHRASE_LENGTH_MIN = 20;
/** RFC 6238 with the figures that every authenticator app takes; one step either side for clocks that differ. */
export const TOTP = { digits: 6, periodSeconds: 30, stepsEitherSide: 1 } as const;
export const BACKUP_CODES = 10;
/** What cannot be undone needs a second factor that is at most this old. */
export const STEP_UP_MINUTES = 5;
/** Failed sign-ins, and failed second factors, per account and per address. */
export const TRIES_MAX = 5;
export const TRIES_WINDOW_MINUTES = 15;
/** A browser that somebody signed in with keeps a count of its own, so that strangers cannot lock its owner out. */
export const KNOWN_DEVICE_DAYS = 90;
export const API_KEY_DAYS_DEFAULT = 90;
export const API_KEY_DAYS_MAX = 366;
/** From then on page and command line say that a key is about to expire. */
export const API_KEY_WARNING_DAYS = 14;
/** After a rotation the secret before works on for so long, so that programs can be changed one after the other. */
export const KEY_OVERLAP_HOURS_DEFAULT = 24;
export const KEY_OVERLAP_HOURS_MAX = 168;
/** RFC 8628: long enough to find a browser, too short to be talked into typing a stranger's code. */
export const DEVICE_CODE_MINUTES = 10;
export const DEVICE_POLL_SECONDS = 5;
/** A job is done by then, and a token that leaked into its log is worth little. */
export const CI_TOKEN_MINUTES = 15;
/** Trusted publishers of a tenant: one or two per skill. */
export const PUBLISHERS_MAX = 200;
/** Longer than anybody takes to sign in elsewhere. */
export const SSO_ATTEMPT_MINUTES = 10;
/** E-mail domains of a tenant, and groups that it gives roles to. */
export const SSO_DOMAINS_MAX = 20;
export const SSO_GROUPS_MAX = 50;
/** So many of that in a window; `tenantLimit` is what all callers of a tenant have together. */
export interface Allowance {
  limit: number;
  tenantLimit?: number;
  windowSeconds: number;
  what: string;
}
export type AllowanceName =
  | 'deviceCode'
  | 'ciToken'
  | 'sso'
  | 'deviceGuess'
  | 'upload'
  | 'search'
  | 'invitation'
  | 'write';
/**
 * What is counted across isolates, per principal (`deviceCode`, `ciToken` and `sso`: per address). The last four are in
 * proportion to RATE_LIMIT_PER_MINUTE, and stand here for its default.
 */
export const ALLOWANCES: Readonly<Record<AllowanceName, Allowance>> = {
  deviceCode: { limit: 30, windowSeconds: 900, what: 'sign-ins of devices' },
  // Runners share addresses.
  ciToken: { limit: 600, windowSeconds: 900, what: 'tokens of jobs' },
  // An office comes to work behind one address.
  sso: { limit: 600, windowSeconds: 900, what: 'sign-ins through a company' },
  deviceGuess: { limit: 20, windowSeconds: 900, what: 'device codes' },
  upload: { limit: 600, tenantLimit: 2400, windowSeconds: 60, what: 'uploads' },
  search: { limit: 600, tenantLimit: 3000, windowSeconds: 60, what: 'searches' },
  invitation: { limit: 100, tenantLimit: 300, windowSeconds: 3600, what: 'invitations' },
  write: { limit: 1200, tenantLimit: 6000, windowSeconds: 60, what: 'changes' },
};
/** Requests of one principal in one isolate: load shedding, not a quota. */
export const REQUESTS_PER_MINUTE_DEFAULT = 12_000;
/** Nested deeper, or wider at one place, is nothing that a route wants. */
export const JSON_DEPTH_MAX = 32;
export const JSON_MEMBERS_MAX = 5000;
/** A credential of 4 KB, cookies, and what proxies add. */
export const HEADER_BYTES_MAX = 32 * 1024;
/** Characters; the longest is a cursor with filters. */
export const URL_LENGTH_MAX = 8192;
/** A credential or role that was taken away may be honoured by another isolate for this long. */
export const CREDENTIAL_CACHE_MS = 500;

/** Per tenant; a platform admin can raise them. */
export const TENANT_VERSIONS_MAX = 2000;
export const TENANT_BYTES_MAX = 4 * 1024 * 1024 * 1024;
export const TENANT_AGENTS_MAX = 500;

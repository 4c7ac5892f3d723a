import { AegisError } from '@aegis/skill-sdk/errors';
import { REQUESTS_PER_MINUTE_DEFAULT } from '@aegis/skill-sdk/limits';
import { z } from 'zod';

/** What the platform binds to the Worker; parsed by `parseConfig` before anything else looks at it. */
export interface Env {
  DB: D1Database;
  ARTIFACTS: R2Bucket;
  CLUSTER_FEED: DurableObjectNamespace;
  /** Counts sign-ins and second factors that were wrong. */
  TRIES: DurableObjectNamespace;
  /** Gives audit events their places, one object a log. */
  AUDIT_LOG: DurableObjectNamespace;
  /** Work that a request does not wait for: analyses, and mails. */
  ANALYSES: Queue<AnalysisMessage | MailMessage>;
  /** `dev` or `production`. */
  APP_ENV?: string;
  /** Where people reach the product, without a trailing slash. */
  APP_ORIGIN: string;
  /** Further origins whose pages may use the cookie, comma-separated. */
  TRUSTED_ORIGINS?: string;
  AUTH_SECRET: string;
  /** JSON, see `SigningKeys`. */
  SIGNING_KEYS: string;
  /** sha256 (hex) of the one-time token that makes the first platform admin. */
  SETUP_TOKEN_HASH?: string;
  /** JSON, see `TrustedIssuer`: whose OIDC tokens CI jobs may show. */
  TRUSTED_ISSUERS?: string;
  /** Where names are looked up over HTTPS (JSON), to prove that a domain is a tenant's. */
  DNS_OVER_HTTPS?: string;
  /** `off`, `outbox` (kept and shown, for a laptop) or `http`: to MAIL_ENDPOINT, with MAIL_FROM and the secret MAIL_API_KEY. */
  MAIL_SENDER?: string;
  MAIL_ENDPOINT?: string;
  MAIL_FROM?: string;
  MAIL_API_KEY?: string;
  RATE_LIMIT_PER_MINUTE?: string;
  /** `on` where the accounts are made up and their passwords known: people of the platform need no second factor. */
  DEMO?: string;
}

/** Ids only: at-least-once delivery and 128 KB a message. */
export interface AnalysisMessage {
  reportId: string;
}
export interface MailMessage {
  mailId: string;
}

const PrivateJwk = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() });
const SigningKey = z.object({
  kid: z.string().min(1),
  privateJwk: PrivateJwk,
  signedByPrevious: z.string().optional(),
  /** Public halves of the keys before it: what they signed stays signed, and they lead from a pinned key to this one. */
  previous: z
    .array(z.object({ kid: z.string().min(1), x: z.string(), signedByPrevious: z.string().optional() }))
    .default([]),
});
const SigningKeys = z.object({ approval: SigningKey, state: SigningKey, checkpoint: SigningKey });
export type SigningKeys = z.infer<typeof SigningKeys>;

/** `claims`: the immutable ids that a publisher of this issuer pins; GitHub's are known. */
const TrustedIssuer = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  issuer: z.url(),
  kind: z.enum(['github', 'oidc']),
  claims: z.array(z.string().min(1)).default([]),
});
const TrustedIssuers = z.array(
  TrustedIssuer.refine(({ kind, claims }) => kind === 'github' || claims.length > 0, {
    message: 'an issuer that is not GitHub needs `claims`, or any of its jobs would fit',
  }),
);
export type TrustedIssuer = z.infer<typeof TrustedIssuer>;
const GITHUB: TrustedIssuer[] = [
  { id: 'github', issuer: 'https://token.actions.githubusercontent.com', kind: 'github', claims: [] },
];

const Settings = z.object({
  APP_ENV: z.enum(['dev', 'production']).default('production'),
  APP_ORIGIN: z.url(),
  TRUSTED_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((origin) => origin !== '')),
  AUTH_SECRET: z.string().min(32),
  SIGNING_KEYS: z.string().transform((text) => SigningKeys.parse(JSON.parse(text))),
  SETUP_TOKEN_HASH: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  TRUSTED_ISSUERS: z
    .string()
    .optional()
    .transform((text) => (text === undefined ? GITHUB : TrustedIssuers.parse(JSON.parse(text)))),
  DNS_OVER_HTTPS: z.url().default('https://cloudflare-dns.com/dns-query'),
  MAIL_SENDER: z.enum(['off', 'outbox', 'http']).default('off'),
  MAIL_ENDPOINT: z.url().optional(),
  MAIL_FROM: z.string().min(3).optional(),
  MAIL_API_KEY: z.string().min(8).optional(),
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(REQUESTS_PER_MINUTE_DEFAULT),
  DEMO: z.enum(['on', 'off']).default('off'),
});
const Config = Settings.refine(({ APP_ENV, DEMO }) => DEMO === 'off' || APP_ENV === 'dev', {
  message: 'DEMO is for a laptop: in production nobody is excepted from the second factor.',
})
  .refine(({ APP_ENV, MAIL_SENDER }) => MAIL_SENDER !== 'outbox' || APP_ENV === 'dev', {
    message: 'MAIL_SENDER=outbox is for a laptop: it shows links that are credentials.',
  })
  .refine(
    ({ MAIL_SENDER, MAIL_ENDPOINT, MAIL_FROM, MAIL_API_KEY }) =>
      MAIL_SENDER !== 'http' || (MAIL_ENDPOINT !== undefined && MAIL_FROM !== undefined && MAIL_API_KEY !== undefined),
    { message: 'MAIL_SENDER=http needs MAIL_ENDPOINT, MAIL_FROM and MAIL_API_KEY.' },
  );
export type Config = z.infer<typeof Config>;

const parsed = new WeakMap<Env, Config>();

/** The configuration, parsed once per isolate and frozen. Bad configuration refuses to start: UNAVAILABLE. */
export function parseConfig(env: Env): Config {
  const known = parsed.get(env);
  if (known !== undefined) return known;
  try {
    const config = Object.freeze(Config.parse(env));
    parsed.set(env, config);
    return config;
  } catch (cause) {
    throw new AegisError('UNAVAILABLE', {
      detail: 'The registry is not configured; its operator finds the reason in the log.',
      cause,
    });
  }
}

import { hasWrongChecksum } from './secret-checks.ts';
import { WordFinder } from './word-finder.ts';

/** How the secrets of one provider look. */
export interface SecretPattern {
  readonly provider: string;
  /** Linear; the first group is the secret. */
  readonly pattern: RegExp;
  /** True when the secret cannot be real: its checksum or its content is wrong. */
  readonly isInvalid?: (secret: string) => boolean;
}

/** Every such secret stands beside the hint, or beside one of them: texts without it are not searched. */
type Hint = string | readonly string[];
type Row = readonly [provider: string, hint: Hint, pattern: RegExp, isInvalid?: (secret: string) => boolean];

/** Providers whose keys can be told by their shape alone. */
const ROWS: readonly Row[] = [
  ['AWS access key', ['AKIA', 'ASIA', 'ABIA', 'ACCA', 'A3T'], /\b((?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z2-7]{16})\b/g],
  ['AWS secret key', 'aws', /\baws.{0,24}(?:secret|access).{0,24}["'=:\s]([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi],
  ['Amazon Bedrock key', 'ABSK', /\b(ABSK[A-Za-z0-9+/]{100,280}={0,2})/g],
  [
    'Amazon Bedrock short-lived key',
    'bedrock-api-key-',
    /\b(bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[A-Za-z0-9+/=]{0,2000})/g,
  ],
  ['GitHub token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], /\b(gh[pousr]_[A-Za-z0-9]{36})\b/g, hasWrongChecksum],
  ['GitHub fine-grained token', 'github_pat_', /\b(github_pat_\w{82})\b/g],
  [
    'GitLab token',
    ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glsoat-', 'glffct-', 'glft-', 'glimt-', 'glagent-', 'gloas-', 'glrtr-'],
    /\b((?:glpat|gldt|glrt|glptt|glsoat|glffct|glft|glimt|glagent|gloas|glrtr)-[A-Za-z0-9_.-]{20,300})/g,
  ],
  ['GitLab job token', 'glcbt-', /\b(glcbt-[A-Za-z0-9]{1,5}_[A-Za-z0-9_-]{20})/g],
  ['GitLab runner registration token', 'GR1348941', /\b(GR1348941[\w-]{20})/g],
  ['GitLab session', '_gitlab_session', /_gitlab_session=([0-9a-z]{32})/g],
  ['npm token', 'npm_', /\b(npm_[A-Za-z0-9]{36})\b/g, hasWrongChecksum],
  ['PyPI token', 'pypi-', /\b(pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,1000})/g],
  ['RubyGems key', 'rubygems_', /\b(rubygems_[a-f0-9]{48})\b/g],
  ['Clojars token', 'CLOJARS_', /\b(CLOJARS_[A-Za-z0-9]{60})\b/g],
  ['Slack bot token', 'xoxb-', /\b(xoxb-\d{10,13}-\d{10,13}[A-Za-z0-9-]*|xoxb-\d{8,14}-[A-Za-z0-9]{18,26})/g],
  ['Slack user token', ['xoxp-', 'xoxe-'], /\b(xox[pe](?:-\d{10,13}){3}-[A-Za-z0-9-]{28,34})\b/g],
  ['Slack legacy token', ['xoxo-', 'xoxs-'], /\b(xox[os]-\d{1,14}-\d{1,14}-\d{1,14}-[a-fA-F\d]{6,64})\b/g],
  ['Slack workspace token', ['xoxa-', 'xoxr-'], /\b(xox[ar]-(?:\d-)?[0-9a-zA-Z]{8,48})/g],
  ['Slack configuration token', 'xoxe', /\b(xoxe(?:\.xox[bp])?-\d-[A-Z0-9]{140,170})\b/gi],
  ['Slack app token', 'xapp-', /\b(xapp-\d-[A-Z0-9]{6,16}-\d{6,16}-[a-z0-9]{16,80})\b/gi],
  ['Slack webhook', 'hooks.slack.com', /(hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/_]{40,60})/g],
  [
    'Microsoft Teams webhook',
    '.webhook.office.com',
    /([a-z0-9-]{1,60}\.webhook\.office\.com\/webhookb2\/[a-z0-9@-]{60,90}\/IncomingWebhook\/[a-z0-9]{32}\/[a-z0-9-]{20,40})/g,
  ],
  ['Discord webhook', 'com/api/webhooks/', /(discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[A-Za-z0-9_-]{60,90})/g],
  ['Discord bot token', '.', /\b([MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,40})\b/g],
  ['Telegram bot token', ':AA', /\b(\d{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])/g],
  ['Stripe key', ['k_live_', 'k_prod_', 'k_test_'], /\b((?:sk|rk)_(?:live|prod|test)_[A-Za-z0-9]{16,110})\b/g],
  ['Stripe webhook secret', 'whsec_', /\b(whsec_[A-Za-z0-9+/]{32,})/g],
  ['OpenAI key', 'T3BlbkFJ', /\b(sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{16,80}T3BlbkFJ[A-Za-z0-9_-]{16,80})/g],
  ['OpenAI project key', 'sk-proj-', /\b(sk-proj-[A-Za-z0-9_-]{40,200})/g],
  ['Anthropic key', 'sk-ant-', /\b(sk-ant-(?:api03|admin01|oat01|sid01)-[A-Za-z0-9_-]{80,93}AA)\b/g],
  ['OpenRouter key', 'sk-or-', /\b(sk-or-v1-[a-f0-9]{64})\b/g],
  ['DeepSeek key', 'deepseek', /\bdeepseek\w{0,20}["'\s:=]{1,6}(sk-[a-f0-9]{32})\b/gi],
  ['Google API key', 'AIzaSy', /\b(AIzaSy[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])/g],
  ['Google OAuth secret', 'GOCSPX-', /\b(GOCSPX-[A-Za-z0-9_-]{28})/g],
  ['Google refresh token', '1//0', /\b(1\/\/0[A-Za-z0-9_-]{60,120})/g],
  ['Hugging Face token', 'hf_', /\b(hf_[A-Za-z0-9]{34})(?![A-Za-z0-9])/g],
  ['Hugging Face organization token', 'api_org_', /\b(api_org_[A-Za-z]{34})\b/g],
  ['Groq key', 'gsk_', /\b(gsk_[A-Za-z0-9]{52})\b/g],
  ['Replicate token', 'r8_', /\b(r8_[A-Za-z0-9]{37})\b/g],
  ['xAI key', 'xai-', /\b(xai-[A-Za-z0-9]{80})\b/g],
  ['Perplexity key', 'pplx-', /\b(pplx-[A-Za-z0-9]{48})\b/g],
  ['Fireworks key', 'fw_', /\b(fw_[A-Za-z0-9]{22,24})\b/g],
  ['Tavily key', 'tvly-', /\b(tvly-(?:dev-|prod-)?[A-Za-z0-9]{32})\b/g],
  ['Firecrawl key', 'fc-', /\b(fc-[a-f0-9]{32})\b/g],
  ['LangSmith key', 'lsv2_', /\b(lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10})\b/g],
  ['Langfuse secret key', 'sk-lf-', /\b(sk-lf-[a-f0-9]{8}-[a-f0-9-]{27})\b/g],
  ['Pinecone key', 'pcsk_', /\b(pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{60,70})\b/g],
  ['NVIDIA key', 'nvapi-', /\b(nvapi-[A-Za-z0-9_-]{60,70})/g],
  ['SendGrid key', 'SG.', /\b(SG\.[A-Za-z0-9=_.-]{66})/g],
  ['Brevo key', 'xkeysib-', /\b(xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16})\b/g],
  ['Resend key', 're_', /\b(re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24})\b/g],
  ['Mailgun key', 'mailgun', /\bmailgun.{0,60}?((?:pub)?key-[a-f0-9]{32})\b/gi],
  ['Mailchimp key', '-us', /\b([a-f0-9]{32}-us\d{1,2})\b/g],
  ['Twilio key', 'twilio', /\btwilio[^;]{0,80}?\b(SK[a-f0-9]{32})\b/gi],
  ['Shopify token', ['shpat_', 'shpca_', 'shppa_', 'shpss_'], /\b(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})\b/g],
  ['Square token', ['sq0atp-', 'sq0csp-'], /\b(sq0(?:atp|csp)-[A-Za-z0-9_-]{22,60})/g],
  ['Square access token', 'EAAA', /\b(EAAA[A-Za-z0-9_-]{56,60})(?![A-Za-z0-9_-])/g],
  ['Facebook page token', 'EAA', /\b(EAA[A-Z][A-Za-z0-9]{90,300})\b/g],
  ['Facebook app token', '|', /\b(\d{15,16}\|[0-9A-Za-z_-]{27,40})(?![\w-])/g],
  ['DigitalOcean token', '_v1_', /\b(do[opr]_v1_[a-f0-9]{64})\b/gi],
  ['Databricks token', 'dapi', /\b(dapi[a-f0-9]{32}(?:-\d)?)\b/g],
  ['HashiCorp Vault token', ['hvs.', 'hvb.', 'hvr.'], /\b(hv[sbr]\.[A-Za-z0-9_-]{24,300})/g],
  [
    'HashiCorp Vault legacy token',
    ['token', 'vault'],
    /\b(?:token|vault)\w{0,12}["']?\s{0,3}[:=]\s{0,3}["']?(s\.[A-Za-z0-9]{24})\b/gi,
  ],
  ['Terraform Cloud token', '.atlasv1.', /\b([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70})/g],
  ['Cloudflare origin key', 'v1.0-', /\b(v1\.0-[a-f0-9]{24}-[a-f0-9]{146})\b/g],
  ['Linear key', ['lin_api_', 'lin_oauth_'], /\b(lin_(?:api|oauth)_[A-Za-z0-9]{40})\b/g],
  ['Notion token', 'ntn_', /\b(ntn_[A-Za-z0-9]{40,50})\b/g],
  ['Notion integration secret', 'secret_', /\b(secret_[A-Za-z0-9]{43})\b/g],
  ['Airtable token', 'pat', /\b(pat[A-Za-z0-9]{14}\.[a-f0-9]{64})\b/g],
  ['Figma token', 'figd_', /\b(figd_[A-Za-z0-9_-]{40,})/g],
  ['Postman key', 'PMAK-', /\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})\b/gi],
  ['New Relic key', ['NRAK-', 'NRJS-', 'NRII-', 'NRAA-', 'NRRA-'], /\b(NR(?:AK|JS|II|AA|RA)-[A-Za-z0-9-]{19,36})\b/gi],
  ['Sentry token', 'sntrys_', /\b(sntrys_eyJ[A-Za-z0-9+/]{40,500}={0,2}_[A-Za-z0-9+/]{43})(?![A-Za-z0-9+/])/g],
  ['Sentry user token', 'sntryu_', /\b(sntryu_[a-f0-9]{64})\b/g],
  ['Grafana service token', 'glsa_', /\b(glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8})\b/g],
  ['Grafana cloud token', 'glc_', /\b(glc_[A-Za-z0-9+/]{32,400}={0,3})/g],
  ['Grafana key', 'eyJrIjoi', /\b(eyJrIjoi[A-Za-z0-9]{64,400}={0,3})/gi],
  ['Supabase token', ['sbp_', 'sb_secret_'], /\b(sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{31,})/g],
  ['PlanetScale token', 'pscale_', /\b(pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64})/gi],
  ['Doppler token', 'dp.', /\b(dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,})/g],
  ['Pulumi token', 'pul-', /\b(pul-[a-f0-9]{40})\b/g],
  ['Prefect key', 'pnu_', /\b(pnu_[A-Za-z0-9]{36})\b/g],
  ['Infracost key', 'ico-', /(?<![\w.-])(ico-[A-Za-z0-9]{32})\b/g],
  ['ReadMe key', 'rdme_', /\b(rdme_[a-z0-9]{70})\b/g],
  ['Heroku key', 'HRKU-', /\b(HRKU-AA[0-9a-zA-Z_-]{58})/g],
  [
    'Fly.io token',
    ['fo1_', 'fm1a_', 'fm1r_', 'fm2_'],
    /\b(fo1_[\w-]{43}|fm1[ar]_[A-Za-z0-9+/]{100,}={0,3}|fm2_[A-Za-z0-9+/]{100,}={0,3})/g,
  ],
  ['Vercel token', ['vcp_', 'vci_', 'vcr_', 'vca_', 'vck_'], /\b(vc[pirak]_[A-Za-z0-9]{24,60})\b/g],
  ['Netlify token', 'nfp_', /\b(nfp_[A-Za-z0-9]{36,40})\b/g],
  ['Render key', 'rnd_', /\b(rnd_[A-Za-z0-9]{28,36})\b/g],
  ['Neon key', 'napi_', /\b(napi_[a-z0-9]{60,70})\b/g],
  ['Scalingo token', 'tk-us-', /\b(tk-us-[\w-]{48})/g],
  ['Buildkite token', 'bkua_', /\b(bkua_[a-f0-9]{40})\b/g],
  ['CircleCI token', 'CCIPAT_', /\b(CCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40})\b/g],
  ['Docker token', 'dckr_', /\b(dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,36})/g],
  ['JFrog key', 'AKCp', /\b(AKCp[A-Za-z0-9]{69})\b/g],
  ['JFrog reference token', 'cmVmd', /\b(cmVmd[A-Za-z0-9]{59})\b/g],
  ['Harness key', ['pat.', 'sat.'], /\b((?:pat|sat)\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20})\b/g],
  ['Octopus Deploy key', 'API-', /\b(API-[A-Z0-9]{26})\b/g],
  ['Sourcegraph token', 'sgp_', /\b(sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40})\b/g],
  ['SonarQube token', ['squ_', 'sqp_', 'sqa_'], /\b(sq[upa]_[a-f0-9]{40})\b/g],
  ['ClickHouse key', '4b1d', /\b(4b1d[A-Za-z0-9]{38})\b/g],
  ['Dynatrace token', 'dt0c01.', /\b(dt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64})\b/g],
  ['Duffel token', 'duffel_', /\b(duffel_(?:test|live)_[A-Za-z0-9_=-]{43})/g],
  ['EasyPost key', ['EZAK', 'EZTK'], /\b(EZ[AT]K[A-Za-z0-9]{54})\b/g],
  ['Shippo token', 'shippo_', /\b(shippo_(?:live|test)_[a-fA-F0-9]{40})\b/g],
  ['Flutterwave key', ['FLWPUBK', 'FLWSECK'], /\b(FLW(?:PUB|SEC)K(?:_TEST)?-[a-h0-9]{12,40}(?:-X)?)/gi],
  ['Frame.io token', 'fio-u-', /\b(fio-u-[A-Za-z0-9_=-]{64})/g],
  ['SettleMint token', 'sm_', /\b(sm_(?:aat|pat|sat)_[A-Za-z0-9]{16})\b/g],
  [
    'Authress key',
    '.acc',
    /\b((?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120})/g,
  ],
  ['Alibaba access key', 'LTAI', /\b(LTAI[A-Za-z0-9]{20})\b/g],
  ['Tencent secret id', 'AKID', /\b(AKID[A-Za-z0-9]{32})\b/g],
  ['Adobe client secret', 'p8e-', /\b(p8e-[A-Za-z0-9]{32})\b/g],
  ['Azure AD secret', 'Q~', /(?:^|[\\'"`\s>=:(,])([A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34})(?=$|[\\'"`\s<),])/gm],
  ['Azure storage key', 'AccountKey', /AccountKey=([A-Za-z0-9+/]{86}==)/g],
  ['Azure DevOps token', 'AZDO', /\b([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})\b/g],
  [
    '1Password secret key',
    'A3-',
    /\b(A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5})\b/g,
  ],
  ['1Password service token', 'ops_eyJ', /\b(ops_eyJ[A-Za-z0-9+/]{250,}={0,3})/g],
  ['MaxMind key', '_mmk', /\b([A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk)\b/g],
  ['OpenShift token', 'sha256~', /\b(sha256~[\w-]{43})(?![\w-])/g],
  ['42 secret', 's-s4t2', /\b(s-s4t2(?:ud|af)-[a-f0-9]{64})\b/g],
  ['Contentful token', 'CFPAT-', /\b(CFPAT-[A-Za-z0-9_-]{43})/g],
  ['Okta token', 'SSWS', /\bSSWS\s+(00[A-Za-z0-9_-]{40})/g],
  ['Atlassian token', 'ATATT3', /\b(ATATT3[A-Za-z0-9_=-]{180,200})/g],
  ['Bitbucket token', 'ATBB', /\b(ATBB[A-Za-z0-9]{28,36})\b/g],
  ['Dropbox token', 'sl.', /\b(sl\.[A-Za-z0-9_=-]{130,160})/g],
  ['Typeform token', 'tfp_', /\b(tfp_[A-Za-z0-9_.=-]{59})/g],
  ['Yandex key', 'AQVN', /\b(AQVN[A-Za-z0-9_-]{35,38})/g],
  ['Plaid token', 'access-', /\b(access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f-]{27})\b/g],
  ['Mapbox secret token', 'sk.', /\b(sk\.eyJ[A-Za-z0-9_-]{60,100}\.[A-Za-z0-9_-]{20,24})/g],
  ['Apify token', 'apify_api_', /\b(apify_api_[A-Za-z0-9]{30,40})\b/g],
  ['PostHog key', 'phx_', /\b(phx_[A-Za-z0-9]{43,48})\b/g],
  ['Sidekiq credential', 'contribsys.com', /\/\/([a-f0-9]{8}:[a-f0-9]{8})@(?:gems|enterprise)\.contribsys\.com/gi],
  ['age secret key', 'AGE-SECRET-KEY-', /\b(AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})\b/g],
  ['Aegis token', 'aeg_', /\b(aeg_[A-Za-z0-9_]{30,})\b/g],
  [
    'JSON web token',
    '.ey',
    /\b(ey[A-Za-z0-9]{17,}\.ey[A-Za-z0-9/\\_-]{17,}\.(?:[A-Za-z0-9/\\_-]{10,}={0,2})?)(?=[\s"'`;,)<\\]|$)/gm,
  ],
  ['JSON web token in base64', 'ZXlK', /\b(ZXlK[A-Za-z0-9+/]{80,}={0,2})/g],
  [
    'bearer token',
    'uthorization',
    /\bauthorization["']?\s{0,3}[:,=]\s{0,3}["']?(?:bearer|basic|token)\s{1,3}([A-Za-z0-9_.~+/=-]{20,600})/gi,
  ],
  [
    'private key',
    'PRIVATE KEY',
    /(-----BEGIN (?:[A-Z0-9]{2,12} )?(?:ENCRYPTED )?PRIVATE KEY(?: BLOCK)?-----[\sA-Za-z0-9+/=:,."'\\-]{60,12000})/g,
  ],
  [
    'password in an address',
    '://',
    /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`<>]{1,80}:([^\s:/@"'`<>{}$]{6,200})@[A-Za-z0-9[]/g,
  ],
];

export const SECRET_PATTERNS: readonly SecretPattern[] = ROWS.map(([provider, , pattern, isInvalid]) =>
  isInvalid === undefined ? { provider, pattern } : { provider, pattern, isInvalid },
);

const HINTS = ROWS.map(([, hint]) => (typeof hint === 'string' ? [hint] : hint));
const FINDER = new WordFinder(HINTS.flat());

/** The patterns that a text can match at all, in their order. */
export function patternsFor(text: string): SecretPattern[] {
  const found = FINDER.find(text);
  let word = 0;
  return SECRET_PATTERNS.filter((_, index) => {
    const { length } = HINTS[index] ?? [];
    word += length;
    return found.subarray(word - length, word).includes(1);
  });
}

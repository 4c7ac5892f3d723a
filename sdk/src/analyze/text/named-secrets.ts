import { WordFinder } from './word-finder.ts';

/** Providers whose keys have no mark of their own: the name that they are assigned to says whose they are. */
type Row = readonly [provider: string, name: RegExp, shape: RegExp];

const ROWS: readonly Row[] = [
  ['Adafruit', /adafruit/i, /^(?:[a-z0-9_-]{32})$/i],
  ['Adobe', /adobe/i, /^(?:[a-f0-9]{32})$/i],
  ['Airtable', /airtable/i, /^(?:[a-z0-9]{17})$/i],
  ['Algolia', /algolia/i, /^(?:[a-z0-9]{32})$/i],
  ['Alibaba', /alibaba|aliyun/i, /^(?:[a-z0-9]{30})$/i],
  ['Asana', /asana/i, /^(?:[a-z0-9]{32})$/i],
  ['Atlassian', /atlassian|confluence|jira/i, /^(?:[a-z0-9]{24})$/i],
  ['Beamer', /beamer/i, /^(?:b_[a-z0-9=_-]{44})$/i],
  ['Bitbucket', /bitbucket/i, /^(?:[a-z0-9]{32}|[a-z0-9=_-]{64})$/i],
  ['Bittrex', /bittrex/i, /^(?:[a-z0-9]{32})$/i],
  ['Cisco Meraki', /(?<![A-Za-z])meraki|Meraki|MERAKI/, /^(?:[0-9a-f]{40})$/],
  ['Cloudflare', /cloudflare/i, /^(?:[a-z0-9_-]{40}|[a-f0-9]{37})$/i],
  ['Codecov', /codecov/i, /^(?:[a-z0-9]{32})$/i],
  ['Cohere', /cohere|co_api_key/i, /^(?:[a-z0-9]{40})$/i],
  ['Coinbase', /coinbase/i, /^(?:[a-z0-9_-]{64})$/i],
  ['Confluent', /confluent/i, /^(?:[a-z0-9]{16}|[a-z0-9]{64})$/i],
  ['Contentful', /contentful/i, /^(?:[a-z0-9=_-]{43})$/i],
  ['Datadog', /datadog/i, /^(?:[a-z0-9]{40}|[a-f0-9]{32})$/i],
  ['Defined Networking', /dnkey/i, /^(?:dnkey-[a-z0-9=_-]{26}-[a-z0-9=_-]{52})$/i],
  ['Discord', /discord/i, /^(?:[a-f0-9]{64}|[a-z0-9_-]{32})$/i],
  ['Drone', /droneci/i, /^(?:[a-z0-9]{32})$/i],
  ['Dropbox', /dropbox/i, /^(?:[a-z0-9]{15}|[a-z0-9]{11}aaaaaaaaaa[a-z0-9_=-]{43})$/i],
  ['ElevenLabs', /elevenlabs|xi_api/i, /^(?:sk_[a-f0-9]{48}|[a-f0-9]{32})$/i],
  ['Etsy', /(?<![A-Za-z])etsy|Etsy|ETSY/, /^(?:[a-z0-9]{24})$/i],
  ['Facebook', /facebook/i, /^(?:[a-f0-9]{32})$/i],
  ['Fastly', /fastly/i, /^(?:[a-z0-9=_-]{32})$/i],
  ['Finicity', /finicity/i, /^(?:[a-f0-9]{32}|[a-z0-9]{20})$/i],
  ['Finnhub', /finnhub/i, /^(?:[a-z0-9]{20})$/i],
  ['Flickr', /flickr/i, /^(?:[a-z0-9]{32})$/i],
  ['FreshBooks', /freshbooks/i, /^(?:[a-z0-9]{64})$/i],
  ['Gitter', /gitter/i, /^(?:[a-z0-9_-]{40})$/i],
  ['GoCardless', /gocardless/i, /^(?:live_[a-z0-9_=-]{40})$/i],
  ['Heroku', /heroku/i, /^(?:[0-9a-f]{8}-[0-9a-f-]{27})$/i],
  ['HubSpot', /hubspot/i, /^(?:[0-9a-f]{8}-[0-9a-f-]{27})$/i],
  ['Intercom', /intercom/i, /^(?:[a-z0-9=_-]{60})$/i],
  ['JFrog', /jfrog|artifactory|bintray|xray/i, /^(?:[a-z0-9]{73}|[a-z0-9]{64})$/i],
  ['Kraken', /kraken/i, /^(?:[a-z0-9/=_+-]{80,90})$/i],
  ['KuCoin', /kucoin/i, /^(?:[a-f0-9]{24}|[0-9a-f]{8}-[0-9a-f-]{27})$/i],
  ['LaunchDarkly', /launchdarkly/i, /^(?:[a-z0-9=_-]{40})$/i],
  ['Linear', /(?<![A-Za-z])linear|Linear|LINEAR/, /^(?:[a-f0-9]{32})$/i],
  ['LinkedIn', /linked[_-]?in/i, /^(?:[a-z0-9]{16})$/i],
  ['Lob', /(?<![A-Za-z])lob|Lob|LOB/, /^(?:(?:live|test)_(?:pub_)?[a-f0-9]{31,35})$/i],
  ['Looker', /(?<![A-Za-z])looker|Looker|LOOKER/, /^(?:[a-z0-9]{20}|[a-z0-9]{24})$/i],
  ['Mailgun', /mailgun/i, /^(?:[a-h0-9]{32}-[a-h0-9]{8}-[a-h0-9]{8})$/i],
  ['Mapbox', /mapbox/i, /^(?:pk\.[a-z0-9]{60}\.[a-z0-9]{22})$/i],
  ['Mattermost', /mattermost/i, /^(?:[a-z0-9]{26})$/i],
  ['MessageBird', /message[_-]?bird/i, /^(?:[a-z0-9]{25})$/i],
  ['Mistral', /mistral/i, /^(?:[a-z0-9]{32})$/i],
  ['Netlify', /netlify/i, /^(?:[a-z0-9=_-]{40,46})$/i],
  ['New Relic', /new[_-]?relic/i, /^(?:[a-z0-9]{64})$/i],
  ['New York Times', /nytimes|newyorktimes/i, /^(?:[a-z0-9=_-]{32})$/i],
  ['Okta', /(?<![A-Za-z])okta|Okta|OKTA/, /^(?:00[\w=-]{40})$/i],
  ['Plaid', /plaid/i, /^(?:[a-z0-9]{24}|[a-z0-9]{30})$/i],
  ['Private AI', /private[_-]?ai/i, /^(?:[a-z0-9]{32})$/i],
  ['RapidAPI', /rapidapi/i, /^(?:[a-z0-9_-]{50})$/i],
  ['Sendbird', /sendbird/i, /^(?:[a-f0-9]{40}|[0-9a-f]{8}-[0-9a-f-]{27})$/i],
  ['Sentry', /sentry/i, /^(?:[a-f0-9]{64})$/i],
  ['Snyk', /snyk/i, /^(?:[0-9a-f]{8}-[0-9a-f-]{27})$/i],
  ['SonarQube', /(?<![A-Za-z])sonar|Sonar|SONAR/, /^(?:(?:sq[upa]_)?[a-z0-9=_-]{40})$/i],
  ['Squarespace', /squarespace/i, /^(?:[0-9a-f]{8}-[0-9a-f-]{27})$/i],
  ['Sumo Logic', /(?<![A-Za-z])sumo|Sumo|SUMO/, /^(?:[a-z0-9]{64})$/i],
  ['Telegram', /telegr/i, /^(?:\d{5,16}:a[a-z0-9_-]{34})$/i],
  ['Travis CI', /(?<![A-Za-z])travis|Travis|TRAVIS/, /^(?:[a-z0-9]{22})$/i],
  ['Twitch', /twitch/i, /^(?:[a-z0-9]{30})$/i],
  [
    'Twitter',
    /twitter/i,
    /^(?:[a-z0-9]{25}|[a-z0-9]{45}|[a-z0-9]{50}|\d{15,25}-[a-z0-9]{20,40}|a{22}[a-z0-9%]{80,100})$/i,
  ],
  ['Yandex', /yandex/i, /^(?:t1\.[a-z0-9_-]{1,200}={0,2}\.[a-z0-9_-]{86}={0,2}|yc[a-z0-9_-]{38})$/i],
  ['Zendesk', /zendesk/i, /^(?:[a-z0-9]{40})$/i],
];

/** How many providers are told by a name. */
export const NAMED_PROVIDERS: readonly string[] = ROWS.map(([provider]) => provider);

/** Quick look: without any of these there is no name of a provider. */
const ANY_NAME = new WordFinder(ROWS.flatMap(([, name]) => wordsOf(name)));

/** The words of a name's alternatives, up to where they may differ: `linked[_-]?in` begins with `linked`. */
function wordsOf(name: RegExp): string[] {
  return name.source.split('|').map((way) => /^(?:\(\?<![^)]*\))?(\w+)/.exec(way)?.[1] ?? '');
}

/** True for a name that says whose key stands behind it. */
export function namesProvider(name: string): boolean {
  return ANY_NAME.isIn(name) && ROWS.some(([, pattern]) => pattern.test(name));
}

/** `name = value` as programs, settings and documents write it, with and without quotes. */
const ASSIGNED =
  /(?<![\w.-])([A-Za-z][\w.-]{1,80})["'`\])]{0,2}\s{0,3}(?:(?:string|String)\s{1,3})?(?::{1,3}=|=>|\?=|\.=|\+=|\|\|=|=|:|>|,)\s{0,20}(?:\\?["'`])?([\w+/=.~%:!*@|-]{8,512})/g;

/** A value under a name that says whose key it is. */
export interface NamedSecret {
  /** Null when the value does not look like a key of whom the name says. */
  readonly provider: string | null;
  readonly secret: string;
  readonly offset: number;
}

/** The values of a text under names of providers. Linear. */
export function* namedSecrets(text: string): Iterable<NamedSecret> {
  if (!ANY_NAME.isIn(text)) return;
  for (const match of text.matchAll(ASSIGNED)) {
    const whole = (match[2] ?? '').replace(/[.,:;!]+$/, '');
    // A line of settings inside a text: `"config": "NAME=value"`.
    const inner = /^([A-Za-z]\w{2,60})=(.{8,})$/.exec(whole);
    const [name, secret] = inner === null ? [match[1] ?? '', whole] : [inner[1] ?? '', inner[2] ?? ''];
    if (!namesProvider(name)) continue;
    const row = ROWS.find(([, pattern, shape]) => pattern.test(name) && shape.test(secret));
    yield { provider: row?.[0] ?? null, secret, offset: match.index };
  }
}

import type { ErrorCode } from './errors.ts';

/** What the page of a code says beyond its title. Texts in `backticks` are typed or written as they stand. */
export interface ErrorAdvice {
  /** What happened, and who meets it. */
  happened: string;
  /** What would have been right. */
  wanted: string;
  /** What to do, likeliest first. */
  steps: readonly string[];
}

const ASK_OPERATOR = 'If it stays so, give the `requestId` to who runs the registry: it finds the request in the log.';

/** The advice on every code of the error table; a code without one does not compile. */
export const ERROR_ADVICE: Readonly<Record<ErrorCode, ErrorAdvice>> = {
  INVALID_REQUEST: {
    happened: 'The registry could not read the request: broken JSON or multipart, or a cursor that it did not make.',
    wanted: 'A request as the page API describes it; a cursor exactly as `nextCursor` gave it, with the same filters.',
    steps: [
      'Read `detail`: it names the part that could not be read.',
      'With a cursor: begin the list again without it.',
      'From the command `aegis` or the dashboard this is a bug: report it with the `requestId`.',
    ],
  },
  AUTHORIZATION_PENDING: {
    happened: 'A device asked for its key, and nobody has decided about it yet.',
    wanted: 'Somebody who types the code of the device on the page /device and lets it in.',
    steps: [
      'Open the page that the device names, type its code, and decide.',
      'Programs ask again after the interval.',
    ],
  },
  SLOW_DOWN: {
    happened: 'A device asked for its key sooner than it was told to.',
    wanted: 'A pause of `interval` seconds between two tries; five more after each of these answers.',
    steps: ['Nothing: `aegis login` waits longer by itself.', 'A program of your own: make its interval longer.'],
  },
  ACCESS_DENIED: {
    happened: 'The request of the device was denied, or the person who let it in left the tenant meanwhile.',
    wanted: 'Somebody of the tenant who lets it in.',
    steps: ['Ask who denied it.', 'Begin anew: `aegis login`.'],
  },
  EXPIRED_TOKEN: {
    happened: 'Nobody decided about the device within ten minutes.',
    wanted: 'A decision while the code holds.',
    steps: ['Begin anew: `aegis login`, and type the new code.'],
  },
  INVALID_GRANT: {
    happened: 'What was sent to get a key is unknown here, was used already, or does not cover what is asked for.',
    wanted: 'A grant that this registry knows, sent once.',
    steps: ['At a terminal: begin anew with `aegis login`.', 'Read `detail`: it names what did not fit.'],
  },
  UNAUTHENTICATED: {
    happened: 'The request had no credential, or one that is wrong, revoked or past its end.',
    wanted: '`Authorization: Bearer` with an API key of this registry, or a session that is still alive.',
    steps: [
      'At a terminal: `aegis login`.',
      'In CI: set `AEGIS_REGISTRY` and `AEGIS_TOKEN`, and look whether the key has ended.',
      '`aegis whoami` shows who the registry takes you for.',
    ],
  },
  FORBIDDEN: {
    happened: 'You may see this, but your role or the scopes of your key do not allow this action.',
    wanted: 'A role that has the right named in `detail`, and a key with that scope.',
    steps: [
      'Run `aegis whoami`: it lists your tenants, your role in each, and what the key may do.',
      'Make a key with the missing scope, or ask an owner of the tenant for the role.',
      'The right of every role stands in docs/access-matrix.md.',
    ],
  },
  SECOND_FACTOR_REQUIRED: {
    happened: 'You signed in with the password alone, and this account has a second factor.',
    wanted: 'The code of the app, a backup code, or the passkey, once in this session.',
    steps: ['Open the dashboard and answer what it asks for.', 'Programs use an API key instead of a session.'],
  },
  ENROLMENT_REQUIRED: {
    happened: 'Your role decides over others (a role of the platform), and your account has no second factor yet.',
    wanted: 'An authenticator app or a passkey, before the role can be used.',
    steps: ['Set one up under Account, then do it again.', 'Keep the ten backup codes: they are shown once.'],
  },
  STEP_UP_REQUIRED: {
    happened:
      'What you asked for cannot be undone, and your last proof of the second factor is older than five minutes.',
    wanted: 'A proof that was given just now.',
    steps: ['Confirm with the app or the passkey when the dashboard asks, then do it again.'],
  },
  REVIEWER_IS_PUBLISHER: {
    happened: 'A version is never approved by those who published it: nor by you for a key or CI of your own tenant.',
    wanted: 'A reviewer who could not have published this version.',
    steps: [
      'Ask another reviewer.',
      'A team of one: make a second account for reviewing, held by somebody else. The rule has no exception.',
    ],
  },
  QUOTA_EXCEEDED: {
    happened: 'The tenant has reached a limit of its plan; `detail` names which one and how much is used.',
    wanted: 'Less than the limit.',
    steps: ['Delete drafts and keys that nobody needs.', 'Ask who runs the registry for more.'],
  },
  NOT_FOUND: {
    happened: 'There is nothing of that name or id that you may see. Things of other tenants look the same as none.',
    wanted: 'A name or id that exists in a tenant that you are a member of.',
    steps: [
      'Look at the spelling, and at the tenant: `aegis whoami` lists yours, `--tenant NAME` chooses.',
      '`aegis status NAME` shows a version that was never approved; `install` finds approved ones only.',
    ],
  },
  METHOD_NOT_ALLOWED: {
    happened: 'The address exists, but not with this HTTP method.',
    wanted: 'One of the methods in the header `Allow`.',
    steps: ['Look the route up on the page API.', 'Behind a proxy: see whether it turns POST into GET at a redirect.'],
  },
  VERSION_EXISTS: {
    happened:
      'This number was used before with other bytes: perhaps by a version that was rejected, revoked or deleted. A number is used once.',
    wanted: 'The same bytes again (that is no error), or a number that was never used.',
    steps: [
      'Raise `version` in manifest.yaml, then `aegis publish`.',
      'If nothing was changed on purpose: compare the digests of `aegis build` here and there. The Node version does not matter, other files do.',
    ],
  },
  ANALYSIS_PENDING: {
    happened: 'The version is larger than what is analysed within the request, so it waits in a queue.',
    wanted: 'A finished analysis, before anybody decides.',
    steps: ['Wait: `aegis status` shows it, `aegis publish --wait` waits for it.', ASK_OPERATOR],
  },
  DRY_RUN_PENDING: {
    happened: 'A version was to be approved while a cluster still runs it in its sandbox, or is about to.',
    wanted: 'A dry-run that has ended; the review page shows how far it is.',
    steps: ['Wait until the dry-run has ended, read what it saw, then decide.'],
  },
  DRY_RUN_UNAVAILABLE: {
    happened:
      'The tenant demands a dry-run, and none gave evidence: no cluster could run it, or the evidence is not whole.',
    wanted: 'One dry-run of the version whose evidence is complete, in a sandbox that proved itself.',
    steps: [
      'Read `detail`: it says what is missing.',
      'No cluster: mark one on the page Clusters that runs dry-runs, place the tenant there, and give it a sandbox; `aegis-agent doctor` says how.',
      'Then run it again on the review page.',
      'Or the tenant does without: an owner sets dry-runs to optional.',
    ],
  },
  FINDINGS_BLOCK_APPROVAL: {
    happened: 'The analysis found something critical. No role can approve such a version.',
    wanted: 'A version without critical findings.',
    steps: [
      '`aegis status NAME` shows each with file, line and fix; `aegis scan .` shows the same before you publish.',
      'Mend the code or declare what it does in manifest.yaml, raise the version, publish again.',
      'If the finding is wrong: say so to who runs the registry, with the rule’s name and the line.',
    ],
  },
  REVIEW_CONFLICT: {
    happened: 'Somebody decided about this version after you opened the page.',
    wanted: 'A decision about what stands there now.',
    steps: ['Load the page again, read the other decision, and decide anew if you still want to.'],
  },
  STATE_CONFLICT: {
    happened: 'The subject changed meanwhile, or is in a state from which this step does not lead.',
    wanted: 'The state that `detail` names.',
    steps: [
      'Load it again and look at its state.',
      'From `aegis install`: another `aegis` is at work in the same folder. Wait a moment, then run it again; it ends first what was begun.',
    ],
  },
  NOT_INSTALLABLE: {
    happened: 'The version is pending, rejected, yanked or revoked. Only approved versions are installed.',
    wanted: 'An approved version; a deprecated one is installed with a warning.',
    steps: [
      '`aegis status NAME@VERSION` says where it stands and why.',
      'Leave the version out to get the latest approved one: `aegis install NAME`.',
      'Exit code 8 means yanked, 9 revoked: leave such a version with `aegis upgrade` or `aegis remove NAME`.',
    ],
  },
  ALREADY_EXISTS: {
    happened: 'Something with this name is there already, and it was left alone.',
    wanted: 'Another name, or your word that it may be replaced.',
    steps: [
      'Choose another name.',
      'From `aegis install` and `aegis import`: look at what lies there, then `--force` replaces it.',
    ],
  },
  LENGTH_REQUIRED: {
    happened: 'An upload came without `Content-Length`, so its size could not be bounded beforehand.',
    wanted: 'The length in bytes, in the header.',
    steps: ['Use `aegis publish`, or send a file instead of a stream.', 'Behind a proxy: let it pass the length on.'],
  },
  PAYLOAD_TOO_LARGE: {
    happened: 'The request, the package or a file in it is larger than allowed; `detail` names the limit.',
    wanted: 'A package of at most 16 MiB, packed and unpacked, with at most 512 files.',
    steps: [
      '`aegis build` lists what goes in, with sizes. Name what is not needed in `.aegisignore`.',
      'Fetch large data at run time from a host that the manifest declares.',
    ],
  },
  UNSUPPORTED_MEDIA_TYPE: {
    happened: 'The body has a content type that this route does not read.',
    wanted: '`application/json`, or for an upload `multipart/form-data`.',
    steps: ['Set the header `Content-Type`; the page API names it for each route.'],
  },
  VALIDATION_FAILED: {
    happened: 'The request could be read, and some of its values are not allowed.',
    wanted: 'Values as the page API describes them.',
    steps: [
      'Each line of `errors` names one value by its JSON pointer, and what is wrong with it.',
      'From `aegis dev` and `aegis test`: the tool refused its input, or threw; the line names where.',
    ],
  },
  MANIFEST_INVALID: {
    happened: 'manifest.yaml breaks its schema, or differs from what lies beside it (SKILL.md, handlers, index.ts).',
    wanted: 'A manifest as docs/reference/manifest.md describes it.',
    steps: [
      '`aegis validate` shows every error in its place, with what to write.',
      'Let the editor help: the first line that `aegis init` writes names the schema.',
      'A folder without a manifest: `aegis import PATH` drafts one.',
    ],
  },
  MANIFEST_MISMATCH: {
    happened: 'The manifest that was sent beside the package is not the one inside it.',
    wanted: 'The same values in both, or no manifest beside the package.',
    steps: ['Publish with `aegis publish`.', 'By script: leave the part `manifest` out; it is optional.'],
  },
  ARCHIVE_INVALID: {
    happened:
      'The package is no plain ustar in gzip, holds something that a package never holds (links, devices, `..`, a secret), or is beyond a limit.',
    wanted: 'A package as `aegis build` makes it.',
    steps: [
      'Make it with `aegis build` instead of another tool: those write pax or GNU headers.',
      'A link: put the file itself there, or name it in `.aegisignore`.',
      'A secret: name the file in `.aegisignore`, or take it back there (`!tests/demo.pem`) if everybody may have it.',
    ],
  },
  DIGEST_MISMATCH: {
    happened: 'Bytes do not have the digest that was declared, locked or approved. Nothing was written.',
    wanted: 'Exactly the bytes that a reviewer approved.',
    steps: [
      'A folder that was changed: `aegis list` names it; `aegis install --frozen --force` puts back what the lock says.',
      'A lock that was changed: compare it with the one in version control.',
      'On the way: try again. If it stays so, a proxy or somebody else changes bytes: tell who runs the registry.',
    ],
  },
  FINDINGS_NOT_ACKNOWLEDGED: {
    happened: 'The version has errors or warnings that a reviewer must tick one by one, and some were not.',
    wanted: 'A tick for each finding that `errors` names.',
    steps: ['Read each finding with its code on the review’s page, and tick it, or ask for changes.'],
  },
  CLIENT_OUTDATED: {
    happened: 'This command or cluster agent speaks a wire version that is more than one minor version older.',
    wanted: 'A client of the registry’s wire version, or one minor version below.',
    steps: [
      'The command: npm install --global @aegis/skill-sdk@latest',
      'A cluster agent: the release of the registry; what it enforces stays in force until it is back.',
    ],
  },
  REGISTRY_OUTDATED: {
    happened:
      'The registry speaks a wire version more than one minor version older than this client, or an older major.',
    wanted: 'A registry of this client’s wire version, or one minor version below.',
    steps: [
      'Ask who runs the registry to upgrade it.',
      'Until then use the client that came with it: npm install --global @aegis/skill-sdk@VERSION',
    ],
  },
  RATE_LIMITED: {
    happened: 'Too many requests in a short time; at sign-in: five wrong tries within 15 minutes.',
    wanted: 'A pause as long as `Retry-After` says.',
    steps: [
      'Wait; `aegis` waits and tries again by itself.',
      'A browser that signed in before is counted apart from strangers who guess.',
      'Scripts: ask less often, and send `If-None-Match` where there is an `ETag`.',
    ],
  },
  INTERNAL: {
    happened: 'The registry met something that it did not foresee. Nothing was changed by halves.',
    wanted: 'That this never happens.',
    steps: ['Try again.', ASK_OPERATOR],
  },
  UNAVAILABLE: {
    happened: 'The registry is starting, being migrated or restored, or something that it needs does not answer.',
    wanted: 'A registry whose `/api/health` answers 200.',
    steps: [
      'Wait as long as `Retry-After` says and try again.',
      'Clusters keep what they enforce meanwhile.',
      ASK_OPERATOR,
    ],
  },
  NETWORK: {
    happened: 'No connection to the registry: the name did not resolve, the port was closed, or TLS was refused.',
    wanted: 'A way to the address in `detail`.',
    steps: [
      'Look at the address: `AEGIS_REGISTRY`, `--registry`, or that of the last `aegis login`.',
      'Open it in a browser on the same machine.',
      'In an office: name the proxy in `HTTPS_PROXY`, what needs none in `NO_PROXY`, and the company’s CA in `AEGIS_CA_FILE`.',
      'In a tool that runs under `aegis test`: the case has no answer for this request; add it under `http`.',
    ],
  },
  TIMEOUT: {
    happened: 'No answer came in time; or a tool took longer than its `limits.callSeconds`.',
    wanted: 'An answer within the time that `detail` names.',
    steps: [
      'Try again; the same request twice does no harm.',
      'A tool: let it do less in one call, or raise `limits.callSeconds` in manifest.yaml.',
    ],
  },
  NOT_A_REGISTRY: {
    happened: 'Something answered, but not an Aegis registry: often the sign-in page of a network or a proxy.',
    wanted: 'The address of the registry itself.',
    steps: ['Open the address in a browser and see what answers.', 'Sign in to the network, or name another address.'],
  },
  SIGNATURE_INVALID: {
    happened: 'A signature does not verify with a key that this machine trusts. Nothing was written.',
    wanted: 'A signature by a pinned key, or by a new one that a pinned one has signed.',
    steps: [
      'Ask who runs the registry whether its keys were changed, on another way than this registry.',
      'If they were: `aegis login --accept-new-keys`.',
      'If not: do not install. Somebody may stand between you and the registry.',
    ],
  },
  APPROVAL_INVALID: {
    happened: 'The signature is good, but the approval is for something else, or was taken back. Nothing was written.',
    wanted: 'An approval for exactly this tenant, name, version and these bytes.',
    steps: [
      'Revoked: remove it with `aegis remove NAME`.',
      'Another package than the one that was approved: build it from the published sources, or download it again.',
      'If the registry handed it out so: tell who runs it.',
    ],
  },
  STATE_REJECTED: {
    happened: 'The cluster agent got a desired state that is older, past its end or not signed by a pinned key.',
    wanted: 'A newer document, signed by a key from the enrolment.',
    steps: [
      'What was adopted last stays enforced; nothing opened up.',
      'Look at the clocks of cluster and registry, then at `aegis-agent status`.',
      'After the registry’s database was restored from a backup: its epoch has to rise, or clusters keep what is newer.',
    ],
  },
  USAGE: {
    happened: 'The command was called with arguments that it does not take, or with a path that it cannot open.',
    wanted: 'What `--help` shows for the command.',
    steps: ['Read the line: it says what was found and what was wanted.'],
  },
  NO_SANDBOX: {
    happened:
      'A dry-run found no sandbox on this machine, or one that could not prove itself. Nothing of the skill was run.',
    wanted:
      'A Docker Engine with a runtime that brings a kernel of its own, such as gVisor, and the image of the sandbox.',
    steps: [
      'Run `aegis-agent doctor`: it says what is missing, or what the sandbox did not hold.',
      'In a checkout, on Linux as root: `npm run engine -- aegis-agent doctor` brings an engine of its own.',
      'Elsewhere: add gVisor to the runtimes of the engine, and name its socket with `AEGIS_DOCKER_SOCKET`.',
    ],
  },
  PERMISSION_DENIED: {
    happened: 'A tool asked for a host, file or variable that its manifest does not grant.',
    wanted: 'A grant in manifest.yaml, approved by a reviewer.',
    steps: [
      'The line names what was asked, what is declared, and what to add.',
      'If the tool should not ask for it: mend the tool.',
      'Else add it with a `reason`, raise the version, publish; the reviewer sees one line more.',
    ],
  },
};

import type { Hit, PackageFacts, Rule } from '../facts.ts';
import { shortened } from '../flow.ts';

/** The machine works for somebody else's wallet. */
export const cryptoMining: Rule = {
  id: 'crypto-mining',
  kind: 'exec',
  cwe: 'CWE-506',
  title: 'A cryptocurrency is mined',
  why: 'Mining uses up the machine for a wallet that is not its owner’s.',
  fix: 'Remove the miner and whatever starts it.',
  bad: {
    file: 'handlers/warm.ts',
    source:
      "import { spawn } from 'node:child_process';\nexport default async () => spawn('./worker', ['-o', 'stratum+tcp://pool.example:3333', '-u', 'wallet']);\n",
  },
  good: { file: 'handlers/warm.ts', source: 'export default async () => null;\n' },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const { text, isWarnedOf, place } of facts.shells) {
      const match = MINES.exec(text);
      if (match === null) continue;
      yield {
        severity: isWarnedOf ? 'low' : 'critical',
        place: place(match.index),
        message: `A miner is started: ${shortened(match[0])}`,
      };
    }
  },
};

const MINES =
  /\bstratum\+(?:tcp|ssl|tls):\/\/[^\s"']{3,80}|\bxmrig\b[^\n]{0,120}\s(?:-o|--url|-u|--user)\s|--donate-level[= ]\d/i;

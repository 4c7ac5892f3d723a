import type { Hit, PackageFacts, Rule } from '../facts.ts';
import { flowTo, shortened } from '../flow.ts';

/** Powerful things that are reached under names which were cut into pieces or encoded. */
export const hiddenName: Rule = {
  id: 'hidden-name',
  kind: 'obfuscation',
  cwe: 'CWE-506',
  title: 'A powerful function is called under a name put together from parts',
  why: 'Nobody writes require("child_" + "process") by accident. Names are cut up so that a search for them finds nothing.',
  fix: 'Write the name out.',
  bad: {
    file: 'handlers/ls.ts',
    source: "const cp = require('child_' + 'process');\nexport default async () => cp['ex' + 'ec']('ls');\n",
  },
  good: {
    file: 'handlers/ls.ts',
    source: "const texts = { open_door: 'Open' };\nexport default async () => texts['open_' + 'door'];\n",
  },
  *inPackage(facts: PackageFacts): Iterable<Hit> {
    for (const use of facts.uses) {
      if (!use.isHidden) continue;
      const name = use.kind === 'load' ? `module ${shortened(use.values.join(', '))}` : `${use.api}()`;
      yield {
        severity: 'high',
        place: use.place,
        message: `${name} is reached under a name that was put together from parts`,
        flow: flowTo(use, ['decoded']),
      };
    }
  },
};

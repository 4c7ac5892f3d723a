import { onTestFinished } from 'vitest';
import { invitePeople, type People } from '../../../scripts/demo-people.ts';
import { approve, publishExample } from '../../../scripts/demo-skills.ts';
import { startStack } from '../../../scripts/stack.ts';
import { temporaryFolder } from './folder.ts';

export interface RealRegistry {
  url: string;
  people: People;
  /** Publishes an example with the real build, has it analysed and approved; returns the id of the version. */
  publishApproved(folder: string): Promise<string>;
}

/** The real Worker in workerd on loopback, with people in it; it ends with the test. */
export async function startRealRegistry(): Promise<RealRegistry> {
  const stack = await startStack({ stateDir: await temporaryFolder(), dashboard: false, demo: true });
  onTestFinished(stack.stop);
  const people = await invitePeople(stack.url, stack.secrets.setupToken);
  return {
    url: stack.url,
    people,
    async publishApproved(folder) {
      const id = await publishExample(stack.url, people.tenants.acme.author, folder);
      await approve(people.reviewer, id, 'Fine.');
      return id;
    },
  };
}

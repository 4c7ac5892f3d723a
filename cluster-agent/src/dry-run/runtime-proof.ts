import type { RuntimeProof } from '@aegis/skill-sdk/wire/dry-runs';
import type { HarnessMessage } from './harness/messages.ts';

type Ready = Extract<HarnessMessage, { kind: 'ready' }>;

/** What a sandbox says about its kernel, judged against the host's. Names of runtimes are no argument. */
export function isolationOf(ready: Ready, kernelHost: string): { isolation: RuntimeProof['isolation']; why: string } {
  const { release, commandLine, firstMessage, version, hypervisor } = ready.kernel;
  if (release === kernelHost) {
    return { isolation: 'runc', why: `it runs on the host's own kernel (${release})` };
  }
  const isGvisor = /gvisor/i.test(`${release} ${commandLine} ${firstMessage} ${version}`);
  if (isGvisor) return { isolation: 'gvisor', why: `its kernel is gVisor's (${release})` };
  if (hypervisor) return { isolation: 'kata', why: `its kernel ${release} runs in a virtual machine of its own` };
  return { isolation: 'runc', why: `its kernel ${release} shows neither gVisor nor a virtual machine` };
}

/** Why this sandbox's network is not closed; null when nothing leads out of it. */
export function openNetwork({ network }: Ready): string | null {
  const outside = network.interfaces.filter(
    (name) => name !== 'lo' && !/^(tunl|sit|ip6tnl|gre|gretap|erspan|ip_vti|ip6_vti|ip6gre)\d*$/.test(name),
  );
  if (outside.length > 0) return `it has the network interfaces ${outside.join(', ')}`;
  return network.routes > 0 ? 'it has a route that leads out' : null;
}

import { join } from 'node:path';
import type { GatewayFiles } from './haproxy-config.ts';

/** Every file that HAProxy and the agent beside it share. */
export function gatewayFiles(folder: string): GatewayFiles & { log: string; corefile: string } {
  return {
    config: join(folder, 'haproxy.cfg'),
    sources: join(folder, 'sources.map'),
    modes: join(folder, 'modes.map'),
    allowed: join(folder, 'allowed.map'),
    master: join(folder, 'master.sock'),
    http: join(folder, 'requests.sock'),
    page: join(folder, 'page.sock'),
    log: join(folder, 'haproxy.log'),
    corefile: join(folder, 'Corefile'),
  };
}

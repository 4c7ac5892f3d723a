import type { EgressOptions } from '../egress/network-policy.ts';
import { clusterId } from './identity.ts';

/** The defaults of the configuration. */
export const EGRESS: EgressOptions = {
  tenantLabel: 'tenant',
  tenantsNamespace: 'aegis-tenants',
  systemNamespace: 'aegis-system',
  platformServices: [{ namespace: 'aegis-system', label: { key: 'app', value: 'aegis-api' }, port: null }],
  dns: 'steer',
  gatewayAddress: null,
  clusterId: clusterId(),
};

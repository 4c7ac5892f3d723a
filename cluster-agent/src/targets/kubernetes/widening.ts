import { z } from 'zod';

const Selector = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
    .default([]),
});
const Policy = z.looseObject({
  podSelector: Selector.default({ matchLabels: {}, matchExpressions: [] }),
  policyTypes: z.array(z.string()).default(['Ingress']),
  egress: z.array(z.unknown()).default([]),
  ingress: z.array(z.unknown()).default([]),
});

/**
 * Does a NetworkPolicy of somebody else open anything for pods of the tenant? Policies add up: what one allows, no other
 * takes back. Its other labels are not looked at, because a pod that has them can come any time.
 */
export function widens(spec: unknown, { tenantLabel, tenantId }: { tenantLabel: string; tenantId: string }): boolean {
  const parsed = Policy.safeParse(spec);
  // What cannot be read is named rather than trusted.
  if (!parsed.success) return true;
  const { podSelector, policyTypes, egress, ingress } = parsed.data;
  const opens =
    (policyTypes.includes('Egress') && egress.length > 0) || (policyTypes.includes('Ingress') && ingress.length > 0);
  return opens && canSelect(podSelector, tenantLabel, tenantId);
}

function canSelect(
  { matchLabels, matchExpressions }: z.infer<typeof Selector>,
  label: string,
  tenantId: string,
): boolean {
  if ((matchLabels[label] ?? tenantId) !== tenantId) return false;
  return matchExpressions
    .filter(({ key }) => key === label)
    .every(({ operator, values }) => {
      if (operator === 'In') return values.includes(tenantId);
      if (operator === 'NotIn') return !values.includes(tenantId);
      return operator !== 'DoesNotExist';
    });
}

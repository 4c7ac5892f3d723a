import { INVITATION_DAYS } from '@aegis/skill-sdk/limits';
import type { Mail } from '../context.ts';

/** The mail that brings an invitation. `place`: the tenant's name, or null for the platform itself. Pure. */
export function invitationMail(invitation: {
  to: string;
  host: string;
  from: string;
  place: string | null;
  role: string;
  url: string;
  expiresAtMs: number;
}): Mail {
  const { to, host, from, place, role, url, expiresAtMs } = invitation;
  const where = oneLine(place ?? `the registry at ${host}`);
  return {
    to,
    expiresAtMs,
    subject: `You are invited to ${where}`,
    text: [
      'Hello,',
      '',
      `${oneLine(from)} invites you to ${where} as ${role.replaceAll('_', ' ')}. There, at ${host}, teams keep the skills that`,
      'their AI agents may use.',
      '',
      'To accept, open this link and choose a password:',
      '',
      url,
      '',
      `The link works once and for ${INVITATION_DAYS} days. Whoever has it can accept in your place, so pass it on to nobody.`,
      'If you did not expect this, do nothing: the invitation ends by itself.',
      '',
      'Aegis',
    ].join('\n'),
  };
}

/** Names come from people: none of them begins a line, or a header, of its own. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

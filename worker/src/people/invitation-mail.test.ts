import { expect, test } from 'vitest';
import { invitationMail } from './invitation-mail.ts';

const ASK = {
  ...{ to: 'a@b.example', host: 'registry.example', from: 'Mara', place: 'Acme', role: 'tenant_admin' },
  ...{ url: 'https://registry.example/invite?token=aegi_x', expiresAtMs: 7 },
};

test('the mail says who invites, where, as what, for how long, and what to do when it was not expected', () => {
  const { to, subject, text, expiresAtMs } = invitationMail(ASK);
  expect([to, subject, expiresAtMs]).toEqual(['a@b.example', 'You are invited to Acme', 7]);
  for (const words of ['Mara invites you to Acme as tenant admin', ASK.url, 'for 7 days', 'do nothing'])
    expect(text).toContain(words);
  expect(invitationMail({ ...ASK, place: null }).subject).toBe('You are invited to the registry at registry.example');
});

test('a name begins no header and no line of its own (C38)', () => {
  const { subject, text } = invitationMail({
    ...ASK,
    place: 'Acme\r\nBcc: all@b.example',
    from: 'Mara\n\nOpen https://evil',
  });
  expect(subject).toBe('You are invited to Acme Bcc: all@b.example');
  expect(text.split('\n').filter((line) => /^(?:Bcc|Open)/.test(line))).toEqual([]);
});

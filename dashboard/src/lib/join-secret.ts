/** What is shown once after a join token was made: the token, and the command that uses it. */
export function joinSecret(answer: Record<string, unknown>, origin: string) {
  return {
    title: `Enrol ${answer.name}`,
    text: 'Start the cluster agent with this token. It makes its own key, so the token is worth nothing afterwards.',
    lines: [
      { label: 'Join token', value: String(answer.joinToken) },
      {
        label: 'Command',
        value: `AEGIS_REGISTRY=${origin} AEGIS_JOIN_TOKEN=${answer.joinToken} AEGIS_STATE_DIR=./aegis-agent aegis-agent`,
      },
    ],
    note: 'The token is shown only now, works once, and ends after 24 h.',
  };
}

export interface WorkflowAsk {
  /** Address of the registry. */
  registry: string;
  skillName: string;
  /** GitHub environment, when one is pinned. */
  environment: string | null;
}

/**
 * A workflow for GitHub Actions that scans, publishes and waits, without a secret. It runs nobody else's code beside
 * checkout and Node, and its token cannot write to the repository.
 */
export function publishWorkflow({ registry, skillName, environment }: WorkflowAsk): string {
  const lines = [
    `name: Publish ${skillName}`,
    'on:',
    '  push:',
    `    tags: ["${skillName}-v*"]`,
    'permissions: {}',
    'jobs:',
    '  publish:',
    '    runs-on: ubuntu-latest',
    '    timeout-minutes: 20',
    ...(environment === null ? [] : [`    environment: ${JSON.stringify(environment)}`]),
    '    permissions:',
    '      contents: read',
    '      id-token: write',
    '    env:',
    `      AEGIS_REGISTRY: ${registry}`,
    '      # The folder of the skill in this repository.',
    '      SKILL: .',
    '    steps:',
    '      - uses: actions/checkout@v5',
    '        with:',
    '          persist-credentials: false',
    '      - uses: actions/setup-node@v5',
    '        with:',
    '          node-version: 24',
    '      - name: Scan',
    '        run: npx --yes @aegis/skill-sdk scan "$SKILL" --sarif > aegis.sarif',
    '      - name: Keep the report',
    '        if: always()',
    '        uses: actions/upload-artifact@v5',
    '        with:',
    '          name: aegis-sarif',
    '          path: aegis.sarif',
    '      - name: Publish, and wait for the analysis',
    '        run: npx --yes @aegis/skill-sdk publish "$SKILL" --wait --timeout 900',
  ];
  return `${lines.join('\n')}\n`;
}

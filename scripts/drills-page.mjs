// docs/drills.md: the newest drills as the command prints them, and a line for each that is kept.
import { newestRuns } from './drill-ledger.mjs';

/** @param {import('./drill-ledger.mjs').Ledger} ledger */
export function renderDrills(ledger) {
  const runs = ledger.runs
    .toReversed()
    .map(
      ({ commit, date, subject, protocol, seed, report }) =>
        `| ${date} | ${commit} | ${subject} | ${protocol} | ${seed} | ${report.rounds} | ${report.rightlyNamed} | ${report.lost} | ${report.stale} | ${report.falseActions} |`,
    );
  return `# Drills

Real faults on real processes of three nodes under checked load, as \`reknit drill\` printed them. How they are judged: [drills](concepts/drills.md); what they
say about recovery: [the four problems](four-problems.md). Made by \`npm run docs:four-problems\` from \`drills.json\`; the same faults again with \`--seed\`.

| date | commit | drill | protocol | seed | rounds | rightly named | lost | stale | false actions |
|---|---|---|---|---:|---:|---:|---:|---:|---:|
${runs.join('\n')}
${newestRuns(ledger).map(section).join('')}`;
}

function section({ commit, date, machine, node, subject, protocol, seed, wanted, printed }) {
  return `
## \`reknit drill ${subject} --rounds ${wanted} --seed ${seed} --protocol ${protocol}\`

${date}, commit ${commit}, Node.js ${node}, ${machine}.

\`\`\`text
${printed.join('\n')}
\`\`\`
`;
}

// docs/museum.md: what each mutant does, where it was seen, and how soon it was found. The same findings give the same page.
import { describeGround, type Mutant } from './mutant.js';

export interface Found {
  readonly seeds: number;
  readonly seconds: number;
}

export interface PageFacts {
  readonly commit: string;
  readonly hunts: number;
  /** By the mutant's name: the median of its hunts. */
  readonly found: Readonly<Record<string, Found>>;
  /** Of the sources as they are, by ground. */
  readonly clean: Readonly<Record<string, Found>>;
}

const PARTS: readonly Mutant['part'][] = ['Raft', 'Multi-Paxos', 'Zab', 'succession', 'the log', 'mvcc', 'the store'];

export function renderPage(mutants: readonly Mutant[], facts: PageFacts): string {
  const sections = PARTS.flatMap((part) => {
    const own = mutants.filter((mutant) => mutant.part === part);
    return own.length === 0 ? [] : [sectionOf(part, own, facts)];
  });
  return `${[intro(mutants, facts), ...sections, cleanSection(facts)].join('\n\n')}\n`;
}

const intro = (mutants: readonly Mutant[], { commit, hunts }: PageFacts): string => `# The museum

A checker that finds nothing may be a good sign, or blind. So ${mutants.length} bugs that other systems had, or that papers warn of, are put
back one at a time, each a patch of a few lines, and hunted. The patch is applied to a copy of the source while a bundle is made of it;
the tree stays as it is, and nothing in it knows of any switch. A mutant that survives is a hole in the checkers: \`npm run museum\`
ends with 1.

- **walks** of pure replicas: short lives full of campaigns, crashes and messages out of order, each turn checked (one leader a round, one
  value an index, no decision without a durable majority, no stale read).
- **stages**: groups of pure replicas that change their voters and their protocol again and again.
- **log**, **key space**, **watches**: each alone against a model, through crashes at any point; the log also with flipped bits.
- **simulator**: whole members, simulated disks, networks and clocks, checked clients; with the faults that are named.

A seed of a walk takes a millisecond or two, one of the simulator some 20 seconds of virtual time. Each mutant is hunted ${hunts} times, by
seeds that follow each other; the table gives the medians. Seconds are the processor's, figures of commit \`${commit}\`.

\`\`\`sh
npm run museum                          # all of them
npm run museum -- --only old-term-commit
npm run museum -- --quick               # one hunt each, as in CI
npm run museum -- --docs                # writes this page
\`\`\``;

function sectionOf(part: Mutant['part'], mutants: readonly Mutant[], { found }: PageFacts): string {
  const rows = mutants.map((mutant) => {
    const { name, why, reference, ground } = mutant;
    const { seeds, seconds } = found[name] ?? { seeds: Number.NaN, seconds: Number.NaN };
    return `| \`${name}\` | ${why} | [${reference.text}](${reference.url}) | ${describeGround(ground)} | ${seeds} | ${seconds.toFixed(2)} |`;
  });
  const title = titleOf(part);
  const head = '| mutant | what it does | seen in | hunted by | seeds | seconds |\n|---|---|---|---|--:|--:|';
  return `## ${title}\n\n${head}\n${rows.join('\n')}`;
}

const titleOf = (part: Mutant['part']): string =>
  part === 'succession' ? 'Succession' : part.startsWith('the ') ? `The ${part.slice(4)}` : part;

function cleanSection({ clean }: PageFacts): string {
  const rows = Object.entries(clean).map(([ground, { seeds }]) => `| ${ground} | ${seeds} |`);
  return `## The sources as they are

The same hunts find nothing in them.

| hunted by | seeds without a finding |
|---|--:|
${rows.join('\n')}`;
}

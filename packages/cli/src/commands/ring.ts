// `reknit ring`: consistent hashing to look at. Needs no cluster; everything is computed from the nodes that are named.
import type { Command } from 'commander';
import { oneOf, whole } from '../flag-values.js';

export const RING_KINDS = ['ring', 'jump', 'rendezvous', 'maglev'] as const;

export interface RingOptions {
  readonly nodes: string;
  readonly algorithm: (typeof RING_KINDS)[number];
  readonly virtualNodes?: number;
  readonly svg?: string;
  readonly json?: true;
}

const NODES = 'how many, or a list ID[*WEIGHT][@ZONE/RACK],…: a,b*2 or a@z1,b@z2';

export function addRing(program: Command, done: (code: number) => void): void {
  const ring = program
    .command('ring')
    .summary('consistent hashing: balance, movement plans, simulations')
    .description('Shows how keys spread over nodes, and what moves when nodes join, leave or die. Needs no cluster.');
  addShow(ring, done);
  addPlan(ring, done);
  addSimulate(ring, done);
}

const common = (command: Command): Command =>
  command
    .requiredOption('--nodes <list>', NODES)
    .option('--virtual-nodes <n>', 'points of a node on the ring (default: 2048)', whole('--virtual-nodes', 1, 100_000))
    .option('--svg <file>', 'the plot as a file too')
    .option('--json', 'as JSON');

function addShow(ring: Command, done: (code: number) => void): void {
  common(ring.command('show'))
    .summary('balance: the share of each node')
    .description('Places keys and shows what each node gets beside its fair share.')
    .option('--algorithm <name>', RING_KINDS.join(', '), oneOf('--algorithm', RING_KINDS), 'ring')
    .option('--keys <n>', 'how many keys to place', whole('--keys', 1, 10_000_000), 200_000)
    .option('--bounded <epsilon>', 'with bounded loads: no node above ⌈(1 + EPSILON) · its fair share⌉')
    .option('--sweep', 'instead: how balance grows with the number of virtual nodes, beside the formula')
    .addHelpText(
      'after',
      '\nExamples:\n  $ reknit ring show --nodes 10\n  $ reknit ring show --nodes a,b*2,c --bounded 0.05\n  $ reknit ring show --nodes 100 --sweep --svg balance.svg',
    )
    .action(async (options) => done(await (await import('./ring-show.js')).showRing(options)));
}

function addPlan(ring: Command, done: (code: number) => void): void {
  common(ring.command('plan'))
    .summary('a movement plan from these nodes to others')
    .description(
      'Plans which replica moves where and why, in steps that never cost a quorum, beside the least that any plan could move.',
    )
    .option('--join <list>', 'nodes that join, written as in --nodes')
    .option('--leave <ids>', 'nodes that leave, alive until they are empty')
    .option('--dead <ids>', 'nodes that are lost')
    .option('--replicas <n>', 'replicas of each partition', whole('--replicas', 1, 99), 3)
    .option('--partitions <n>', 'how many partitions', whole('--partitions', 1, 1_000_000), 256)
    .option('--bounded <epsilon>', 'with bounded loads')
    .option('--share-domains', 'let replicas share a zone where there are too few')
    .option('--copies-per-node <n>', 'copies that a node sends or receives in one step', whole('--copies-per-node', 1, 10_000), 4)
    .option('--out <file>', 'write the plan, serialised and resumable')
    .addHelpText(
      'after',
      '\nExamples:\n  $ reknit ring plan --nodes 10 --join node-11\n  $ reknit ring plan --nodes a@z1,b@z2,c@z3,d@z1 --dead d --out plan.json',
    )
    .action(async (options) => done(await (await import('./ring-plan.js')).planRing(options)));
}

function addSimulate(ring: Command, done: (code: number) => void): void {
  common(ring.command('simulate'))
    .summary('algorithms side by side while nodes come and go')
    .description(
      'Lets nodes join, leave and die, and shows for each algorithm what moved beside the minimum, and the balance afterwards.',
    )
    .option('--events <list>', 'join, leave:ID, die:ID, replace:ID=ID, in order (default: join,leave:…,die:…)')
    .option('--keys <n>', 'how many keys to follow', whole('--keys', 1, 10_000_000), 100_000)
    .addHelpText(
      'after',
      '\nExamples:\n  $ reknit ring simulate --nodes 100\n  $ reknit ring simulate --nodes 10 --events join,join,die:node-3 --svg movement.svg',
    )
    .action(async (options) => done(await (await import('./ring-simulate.js')).simulateRing(options)));
}

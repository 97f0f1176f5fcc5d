// `reknit member …`: who belongs to the cluster, and its changes.
import type { ClusterConfiguration, ConfiguredMember } from '@reknit/client';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { jsonDocument } from '../output/json.js';
import { renderTable } from '../output/table.js';
import { createTerminal, type Terminal } from '../output/terminal.js';
import { planSentence } from './plan-sentence.js';
import type { QueryOptions } from './query-options.js';
import { type ChangeCommandOptions, carryOut, type Done, memberNamed, shown, withClient } from './reconfigure.js';

export interface AddOptions extends ChangeCommandOptions {
  readonly peerUrls: string;
  readonly learner?: boolean;
}

export async function memberList(options: QueryOptions): Promise<number> {
  return withClient(options, async (client) => {
    const configuration = await client.configuration.show();
    if (options.json === true) jsonDocument({ format: 1, id: null, ...shown(configuration) });
    else showMembers(createTerminal(), configuration);
    return EXIT.ok;
  });
}

export async function memberAdd(options: AddOptions): Promise<number> {
  const { learner = false } = options;
  const peerUrls = urlsOf(options.peerUrls);
  // Its process is yet to be started: with this very answer.
  return carryOut(
    { ...options, wait: false },
    () => ({ kind: 'add', peerUrls, learner }),
    (terminal, done) => {
      const added = newMember(done);
      terminal.line(`  ${terminal.paint.green('✔')} added ${learner ? 'a learner' : 'a member'}${added && `, ${added.id}`}`);
      if (!learner) terminal.line('  It votes once it is up and has caught up: nobody waits for it before.');
      howToStart(terminal, done.after, peerUrls);
    },
  );
}

export async function memberPromote(member: string, options: ChangeCommandOptions): Promise<number> {
  return carryOut(
    options,
    (now) => ({ kind: 'promote', member: memberNamed(now, member).id }),
    (terminal, { after }) => {
      terminal.line(`  ${terminal.paint.green('✔')} ${member} votes`);
      showMembers(terminal, after);
    },
  );
}

export async function memberRemove(member: string, options: ChangeCommandOptions): Promise<number> {
  return carryOut(
    options,
    (now) => ({ kind: 'remove', member: memberNamed(now, member).id }),
    (terminal, { after }) => {
      terminal.line(
        `  ${terminal.paint.green('✔')} ${member} is removed: its process ends by itself, its directory is refused from now on`,
      );
      showMembers(terminal, after);
    },
  );
}

export async function memberReplace(member: string, options: AddOptions): Promise<number> {
  const peerUrls = urlsOf(options.peerUrls);
  return carryOut(
    options,
    (now) => ({ kind: 'replace', member: memberNamed(now, member).id, peerUrls }),
    (terminal, { after }) => {
      if (after.plan === undefined) terminal.line(`  ${terminal.paint.green('✔')} ${member} is replaced`);
    },
    (terminal, now) => {
      terminal.line(`  announced: ${member} goes in the moment in which the new member stands in its place`);
      howToStart(terminal, now, peerUrls);
    },
  );
}

export async function memberCancel(options: ChangeCommandOptions): Promise<number> {
  let what = '';
  return carryOut(
    options,
    ({ plan }) => {
      what = plan?.what ?? '';
      return plan === undefined ? { kind: 'cancel' } : { kind: 'cancel', plan: plan.id };
    },
    (terminal) => terminal.line(`  ${terminal.paint.green('✔')} cancelled: ${what}`),
  );
}

const urlsOf = (list: string): readonly string[] => {
  const urls = list.split(',').map((url) => url.trim());
  const wrong = urls.find((url) => !/^https?:\/\/[^/]+:\d+\/?$/.test(url));
  if (wrong === undefined) return urls;
  throw new CliError(
    `--peer-urls holds ${JSON.stringify(wrong)}`,
    'write http://HOST:PORT, several separated by commas',
    EXIT.usage,
  );
};

const newMember = ({ before, after }: Done): ConfiguredMember | undefined =>
  after.members.find(({ id }) => !before.members.some((known) => known.id === id));

function howToStart(terminal: Terminal, { members }: ClusterConfiguration, peerUrls: readonly string[]): void {
  const others = members.flatMap((member) => (member.name === '' ? [] : member.peerUrls.map((url) => `${member.name}=${url}`)));
  const cluster = [...others, ...peerUrls.map((url) => `NAME=${url}`)].join(',');
  terminal.line('  Start it with an empty directory:');
  terminal.line(`    reknit node --name NAME --data-dir DIR --initial-cluster-state existing --initial-cluster ${cluster} \\`);
  terminal.line(`      --listen-peer-urls ${peerUrls.join()} --initial-advertise-peer-urls ${peerUrls.join()} \\`);
  terminal.line('      --listen-client-urls http://127.0.0.1:PORT --advertise-client-urls http://127.0.0.1:PORT');
}

export function showMembers(terminal: Terminal, { members, plan, protocol, epoch, keyspaces }: ClusterConfiguration): void {
  const { paint } = terminal;
  const head = ['member', 'id', 'role', 'started', 'peers', 'leads'].map((title) => paint.dim(title));
  const rows = members.map(({ name, id, role, started, peerUrls }) => [
    paint.bold(name || '–'),
    id,
    role === 'voter' ? role : paint.yellow(role),
    started ? 'yes' : paint.yellow('no'),
    peerUrls.join(','),
    keyspaces.flatMap((keyspace) => (keyspace.leader === id ? [keyspace.name] : [])).join(', ') || '–',
  ]);
  for (const line of renderTable(head, rows, '  ')) terminal.line(line);
  terminal.line(`  ${protocol}, configuration ${epoch}`);
  if (plan === undefined) return;
  terminal.line(`  ${paint.yellow('under way')}  ${planSentence(plan)}`);
}

// The words of `reknit member` and `reknit protocol`; what they do is loaded when they run.
import type { Command } from 'commander';
import { PROTOCOLS } from '../cluster/layout.js';
import { duration, oneOf } from '../flag-values.js';

type Done = (code: number) => void;

const ENDPOINTS = 'members to ask, HOST:PORT,… (default: REKNIT_ENDPOINTS, else the last "reknit up")';
/** A member that comes from far away copies its state first. */
const TIMEOUT_MAX = 24 * 3_600_000;

const common = (command: Command): Command =>
  command.option('--endpoints <list>', ENDPOINTS).option('--json', 'as JSON: schemas/configuration.schema.json');

const changing = (command: Command): Command =>
  common(command)
    .option('--timeout <duration>', 'how long to follow it (default: 1m)', duration('--timeout', TIMEOUT_MAX))
    .option('--no-wait', 'end as soon as it has begun');

export function addMember(program: Command, done: Done): void {
  const member = program
    .command('member')
    .summary('who belongs to the cluster, and its changes')
    .description(
      'Lists the members of a cluster that runs, and adds, promotes, removes and replaces them without losing a write.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ reknit member list\n  $ reknit member add --learner --peer-urls http://127.0.0.1:2410',
    );
  common(member.command('list'))
    .summary('the members, and the change that is under way')
    .description('Shows the configuration as the member that answers has applied it: roles, peer URLs, and a change under way.')
    .addHelpText('after', '\nExamples:\n  $ reknit member list\n  $ reknit member list --json')
    .action(async (options) => done(await (await import('./member.js')).memberList(options)));
  changing(member.command('add'))
    .summary('announce a new member')
    .description(
      'Announces a member by its peer URLs. As a learner it only receives the log; otherwise it votes once it has caught up.',
    )
    .requiredOption('--peer-urls <list>', 'where its peers will find it: http://HOST:PORT,…')
    .option('--learner', 'without a vote until it is promoted')
    .addHelpText(
      'after',
      '\nExamples:\n  $ reknit member add --peer-urls http://127.0.0.1:2410\n  $ reknit member add --learner --peer-urls http://127.0.0.1:2410 --json',
    )
    .action(async (options) => done(await (await import('./member.js')).memberAdd(options)));
  changing(member.command('promote').argument('<member>', 'its name or id'))
    .summary('let a learner vote')
    .description('Gives a learner that has caught up a vote, and follows that until it is in force in every keyspace.')
    .addHelpText('after', '\nExamples:\n  $ reknit member promote n4\n  $ reknit member promote 8211f1d0f64f3269 --json')
    .action(async (name, options) => done(await (await import('./member.js')).memberPromote(name, options)));
  changing(member.command('remove').argument('<member>', 'its name or id'))
    .summary('take a member out, for good')
    .description(
      'Takes a member out. Refused where the rest would have no majority. Its process ends and its directory is refused for ever.',
    )
    .addHelpText('after', '\nExamples:\n  $ reknit member remove n4\n  $ reknit member remove n4 --timeout 5m')
    .action(async (name, options) => done(await (await import('./member.js')).memberRemove(name, options)));
  changing(member.command('replace').argument('<member>', 'the name or id of the one that goes'))
    .summary('put a new member in the place of another, in one step')
    .description('Announces a new member; once it is up and has caught up, one step takes it in and the old one out.')
    .requiredOption('--peer-urls <list>', 'of the new one: http://HOST:PORT,…')
    .addHelpText(
      'after',
      '\nExamples:\n  $ reknit member replace n2 --peer-urls http://127.0.0.1:2410\n  $ reknit member replace n2 --peer-urls http://127.0.0.1:2410 --timeout 10m',
    )
    .action(async (name, options) => done(await (await import('./member.js')).memberReplace(name, options)));
  changing(member.command('cancel'))
    .summary('take back the change that is under way')
    .description(
      'Possible until its first stop-sign may be appended; after that the change is carried out, and undone by another one.',
    )
    .addHelpText('after', '\nExamples:\n  $ reknit member cancel\n  $ reknit member cancel --json')
    .action(async (options) => done(await (await import('./member.js')).memberCancel(options)));
}

export function addProtocol(program: Command, done: Done): void {
  const protocol = program
    .command('protocol')
    .summary('change the consensus protocol of a cluster that runs')
    .description('Changes the consensus protocol of a cluster that runs, without losing a write.')
    .addHelpText('after', '\nExamples:\n  $ reknit protocol switch paxos\n  $ reknit protocol switch raft --json');
  changing(protocol.command('switch').argument('<protocol>', PROTOCOLS.join(', ')))
    .summary('to raft, paxos or zab')
    .description(
      'Ends the present configuration of every keyspace with a stop-sign and begins the next one with the other protocol. Writes pause for a moment.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ reknit protocol switch zab\n  $ reknit protocol switch raft --endpoints 127.0.0.1:2379',
    )
    .action(async (name, options) => {
      const wanted = oneOf('the protocol', PROTOCOLS)(name);
      done(await (await import('./protocol.js')).switchProtocol(wanted, options));
    });
}

// The commands by which humans act on what the engine looks after.
import type { Command } from 'commander';
import { duration, oneOf } from '../flag-values.js';

type Done = (code: number) => void;

const ENDPOINTS = 'members to ask, HOST:PORT,… (default: REKNIT_ENDPOINTS, else the last "reknit up")';
/** Longer than any maintenance. */
const MAINTENANCE_MS_MAX = 7 * 24 * 3_600_000;

export function addOperators(program: Command, done: Done): void {
  addMends(program, done);
  addAnswers(program, done);
  addMode(program, done);
  addCheck(program, done);
}

function addMends(program: Command, done: Done): void {
  const texts = {
    repair: {
      summary: 'let a node have its data anew from its peers',
      description:
        'Ends a node, sets its data aside (they are kept), starts it empty as a new replica, and follows until it has caught up, votes and is verified.',
    },
    replace: {
      summary: 'let a new replica take the place of a node',
      description:
        'Ends a node and lets a new replica take its place at its address: it catches up as a learner, then votes. The data of the old one are set aside and kept.',
    },
  } as const;
  for (const action of ['repair', 'replace'] as const)
    program
      .command(action)
      .summary(texts[action].summary)
      .description(
        `${texts[action].description} Refused while it would cost the majority. Exit code 0: verified; 1: not, or refused; 3: no agent answers.`,
      )
      .argument('<target>', 'for example n2')
      .option('--force', 'though it costs the majority')
      .option('--no-wait', 'end as soon as it has begun')
      .option('--endpoints <list>', ENDPOINTS)
      .option('--json', 'as JSON: schemas/restart.schema.json')
      .addHelpText('after', `\nExamples:\n  $ reknit ${action} n2\n  $ reknit ${action} n2 --no-wait --json`)
      .action(async (target, options) => done(await (await import('./mend.js')).mend(action, target, options)));
}

function addAnswers(program: Command, done: Done): void {
  program
    .command('approve')
    .summary('let a plan that waits be carried out')
    .description(
      'Approves the plan of a passive recovery. The agent looks once more: if the facts are others by now, or it is too late, it refuses and says what has changed. Then follows the repair. Exit code 0: verified; 1: not, or refused; 3: no agent answers.',
    )
    .argument('<id>', 'the incident, or the beginning of exactly one')
    .option('--plan <fingerprint>', 'refuse unless it is still this plan, as "reknit incident" shows it')
    .option('--no-wait', 'end as soon as it has begun')
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/restart.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit approve n2-mfx1\n  $ reknit approve n2-mfx1 --plan 3f2a91c0 --no-wait')
    .action(async (id, options) => done(await (await import('./approve.js')).approve(id, options)));
  program
    .command('reject')
    .summary('refuse a plan that waits')
    .description('Rejects the plan of a passive recovery: the component is left as it is. A mend by hand is still recognised.')
    .argument('<id>', 'the incident, or the beginning of exactly one')
    .requiredOption('--reason <text>', 'why; kept in the incident')
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/restart.schema.json')
    .addHelpText('after', '\nExample:\n  $ reknit reject n2-mfx1 --reason "the machine is being replaced"')
    .action(async (id, options) => done(await (await import('./approve.js')).reject(id, options)));
  program
    .command('ack')
    .summary('say that an incident is being looked at')
    .description('Acknowledges an incident that waits for a human: nobody is paged for it any more. It stays open.')
    .argument('<id>', 'the incident, or the beginning of exactly one')
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/restart.schema.json')
    .addHelpText('after', '\nExample:\n  $ reknit ack n2-mfx1')
    .action(async (id, options) => done(await (await import('./approve.js')).acknowledge(id, options)));
}

function addMode(program: Command, done: Done): void {
  program
    .command('mode')
    .summary('how much the engine may do')
    .description(
      'observe: say only. passive: plan, and wait for an approval. active: heal. maintenance: say only, until an end. declared: as its file says. The strictest of what is set for everything and for the component holds. Exit code 3: no agent answers.',
    )
    .argument('<mode>', 'observe, passive, active, maintenance or declared')
    .argument('[target]', 'for example n2 (default: everything)')
    .option('--for <duration>', 'how long a maintenance lasts, for example 90s, 2h', duration('--for', MAINTENANCE_MS_MAX))
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/modes.schema.json')
    .addHelpText(
      'after',
      '\nExamples:\n  $ reknit mode passive\n  $ reknit mode maintenance n2 --for 2h\n  $ reknit mode declared n2',
    )
    .action(async (name, target, options) => {
      const { MODES, mode } = await import('./mode.js');
      done(await mode(oneOf('the mode', MODES)(name), target, options));
    });
}

function addCheck(program: Command, done: Done): void {
  program
    .command('check')
    .summary('do all replicas hold the same?')
    .description(
      'Compares the hash of every replica at one revision, in both keyspaces. Exit code 0: equal; 1: different, or not all could be compared; 3: nobody answers.',
    )
    .option('--endpoints <list>', ENDPOINTS)
    .option('--json', 'as JSON: schemas/check.schema.json')
    .addHelpText('after', '\nExamples:\n  $ reknit check\n  $ reknit check --endpoints 127.0.0.1:2379,127.0.0.1:2389 --json')
    .action(async (options) => done(await (await import('./check.js')).check(options)));
}
